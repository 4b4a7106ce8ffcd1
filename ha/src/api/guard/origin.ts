import { MusterError } from '@muster/membership';
import type { RequestHandler } from 'express';

/**
 * Refuses, for every method, what a browser sends on behalf of another site's page. Programs send no Origin. The Host
 * header was checked before: an Origin equal to it is ours.
 */
export const originGuard: RequestHandler = (request, _response, next) => {
  const { origin, host } = request.headers;
  if (origin === undefined || isOwn(origin, host ?? '')) return next();
  next(new MusterError('origin-forbidden', 'requests on behalf of pages of another origin are refused'));
};

/** https too, for a watcher behind a proxy that ends TLS. */
function isOwn(origin: string, host: string): boolean {
  const own = host.toLowerCase();
  return origin === `http://${own}` || origin === `https://${own}`;
}
