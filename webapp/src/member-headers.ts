import type { Request, RequestHandler } from 'express';

/** Says on every answer which member gave it, and switches off what browsers should not guess. */
export function memberHeaders(memberId: string): RequestHandler {
  return (req, res, next) => {
    res.set({
      'X-Backend': memberId,
      'X-Backend-IP': memberAddress(req),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    });
    next();
  };
}

/** The address at which this member was reached, without the prefix of IPv4 on a dual-stack socket. */
export function memberAddress(req: Request): string {
  return (req.socket.localAddress ?? '').replace(/^::ffff:/, '');
}
