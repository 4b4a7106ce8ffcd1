import { Router } from 'express';
import type { Registry } from 'prom-client';

/** `GET /metrics` in Prometheus' text format. */
export function metricsRoutes(metrics: Registry): Router {
  const router = Router();
  router.get('/metrics', async (_request, response) => {
    const text = await metrics.metrics();
    response.set('Content-Type', metrics.contentType).send(text);
  });
  return router;
}
