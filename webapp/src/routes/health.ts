import { Router } from 'express';
import type { Lifecycle } from '../lifecycle.js';
import type { Vitals } from '../vitals.js';

export interface HealthOptions {
  readonly memberId: string;
  readonly lifecycle: Lifecycle;
  readonly vitals: Vitals;
}

/**
 * `GET /healthz`: the process can answer; restart it when it cannot. `GET /readyz`: it wants traffic; the agent and the
 * balancer ask for it, and 503 takes the member out; the header `Server-Timing` tells an agent with ADAPTIVE_WEIGHT how the
 * app copes. Neither makes a session.
 */
export function healthRoutes({ memberId, lifecycle, vitals }: HealthOptions): Router {
  return Router()
    .get('/healthz', (_req, res) => {
      res.json({ status: 'alive', host: memberId });
    })
    .get('/readyz', (_req, res) => {
      const { phase } = lifecycle;
      if (phase === 'stopping') res.set('Connection', 'close');
      const timing = vitals.serverTiming();
      if (timing !== '') res.set('Server-Timing', timing);
      res.status(phase === 'ready' ? 200 : 503).json({ status: phase, host: memberId });
    });
}
