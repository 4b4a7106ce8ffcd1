import express, { type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { AdminAccess } from './admin.js';
import { createAnswerTimes } from './answer-times.js';
import { errorAnswers, notFound } from './errors.js';
import type { HomePage } from './home-page.js';
import type { Lifecycle } from './lifecycle.js';
import { memberHeaders } from './member-headers.js';
import { requestLog } from './request-log.js';
import { delayRoute } from './routes/delay.js';
import { eventsRoute } from './routes/events.js';
import { healthRoutes } from './routes/health.js';
import { homeRoute } from './routes/home.js';
import { slowRoute } from './routes/slow.js';
import type { Slowness } from './slowness.js';
import { createVitals } from './vitals.js';

export interface AppOptions {
  readonly memberId: string;
  readonly lifecycle: Lifecycle;
  /** Made by `createSessions`. */
  readonly sessions: RequestHandler;
  readonly adminAccess: AdminAccess;
  readonly homePage: HomePage;
  readonly log: Logger;
}

/** The whole app as one function of its options; it holds nothing outside itself and does not listen. */
export function createApp(options: AppOptions): Express {
  const { memberId, lifecycle, log } = options;
  const slowness: Slowness = { delayMs: 0 };
  const times = createAnswerTimes();
  const app = express();
  app.disable('x-powered-by').disable('etag');
  // The balancer is on a private address: believe what it says about the client's scheme (for secure cookies).
  app.set('trust proxy', ['loopback', 'linklocal', 'uniquelocal']);
  app.use(memberHeaders(memberId), requestLog(log));
  app.use(healthRoutes({ memberId, lifecycle, vitals: createVitals(times) }));
  // What takes long because its client asked for that says nothing of this member: it is not measured.
  app.use(slowRoute(memberId));
  app.use(eventsRoute(memberId, lifecycle.stopping));
  app.use(times.measure);
  app.use(homeRoute({ ...options, slowness }));
  app.use(delayRoute({ ...options, slowness }));
  app.use(notFound, errorAnswers(log));
  return app;
}
