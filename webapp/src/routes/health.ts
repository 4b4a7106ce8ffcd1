import { Router } from 'express';
import type { Lifecycle } from '../lifecycle.js';

/**
 * `GET /healthz`: the process can answer; restart it when it cannot. `GET /readyz`: it wants traffic; the agent and the
 * balancer ask for it, and 503 takes the member out. Neither makes a session.
 */
export function healthRoutes(memberId: string, lifecycle: Lifecycle): Router {
  return Router()
    .get('/healthz', (_req, res) => {
      res.json({ status: 'alive', host: memberId });
    })
    .get('/readyz', (_req, res) => {
      const { phase } = lifecycle;
      if (phase === 'stopping') res.set('Connection', 'close');
      res.status(phase === 'ready' ? 200 : 503).json({ status: phase, host: memberId });
    });
}
