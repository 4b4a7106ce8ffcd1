import { Router } from 'express';
import type { WatcherView } from '../../watcher/status.js';

/** `GET /healthz`, for a supervisor: 200 while the loop comes round, else 503. Whether it is in sync: `/v1/status`. */
export function healthRoutes(view: WatcherView): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    const passes = view.passes();
    response.status(passes ? 200 : 503).json({ status: passes ? 'alive' : 'stuck' });
  });
  return router;
}
