import { Router } from 'express';
import type { WatcherView } from '../../watcher/status.js';

/** What is: `GET /v1/status`, `/v1/members`, `/v1/plan`. */
export function stateRoutes(view: WatcherView): Router {
  const router = Router();
  router.get('/v1/status', (_request, response) => void response.json(view.status()));
  router.get('/v1/members', (_request, response) => void response.json({ members: view.members() }));
  router.get('/v1/plan', (_request, response) => void response.json(view.plan()));
  return router;
}
