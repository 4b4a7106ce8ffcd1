import type { Logger } from '@muster/membership';
import express, { type Express } from 'express';
import type { Registry } from 'prom-client';
import type { EventHistory } from '../events/history.js';
import type { EventStream } from '../events/stream.js';
import type { OperatorActions, WatcherView } from '../watcher/status.js';
import { errorHandler, unknownRoute } from './errors.js';
import { bearerGuard } from './guard/bearer.js';
import { securityHeaders } from './guard/headers.js';
import { hostGuard } from './guard/host.js';
import { originGuard } from './guard/origin.js';
import { actionRoutes } from './routes/actions.js';
import { eventRoutes } from './routes/events.js';
import { healthRoutes } from './routes/health.js';
import { metricsRoutes } from './routes/metrics.js';
import { stateRoutes } from './routes/state.js';
import { registerWatcherMetrics } from './watcher-metrics.js';

export interface ApiOptions {
  readonly view: WatcherView;
  readonly actions: OperatorActions;
  readonly history: EventHistory;
  readonly stream: EventStream;
  /** Registry of the metrics sink; the watcher's gauges are added to it here, so it belongs to one app. */
  readonly metrics: Registry;
  /** From `loadToken`. */
  readonly token: string;
  /** Names besides the loopback ones by which clients may call us (API_HOSTS), without port. */
  readonly allowedHosts: readonly string[];
  readonly logger: Logger;
  /** Gap between comments on a silent event stream. Default 15 s: under the usual 30–60 s of proxies. */
  readonly heartbeatMs?: number;
  /** How long the registry may take to accept what an operator asks. Default 5 s. */
  readonly actionDeadlineMs?: number;
}

/** The watcher's HTTP API. The guards come before every route, unknown ones too. */
export function apiApp(options: ApiOptions): Express {
  const {
    view,
    actions,
    history,
    stream,
    metrics,
    token,
    allowedHosts,
    logger,
    heartbeatMs = 15_000,
    actionDeadlineMs = 5000,
  } = options;
  registerWatcherMetrics(metrics, view);
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(securityHeaders, hostGuard(allowedHosts), originGuard, bearerGuard(token));
  app.use(healthRoutes(view), stateRoutes(view));
  app.use(eventRoutes({ history, stream, logger, heartbeatMs }));
  app.use(actionRoutes({ actions, deadlineMs: actionDeadlineMs }));
  app.use(metricsRoutes(metrics));
  app.use(unknownRoute);
  app.use(errorHandler(logger));
  return app;
}
