import { createHash, timingSafeEqual } from 'node:crypto';
import { MusterError } from '@muster/membership';
import type { RequestHandler } from 'express';

/** Every method but GET needs `Authorization: Bearer <token>`. Before any route, so that a refusal says nothing of members. */
export function bearerGuard(token: string): RequestHandler {
  const expected = digest(token);
  return (request, _response, next) => {
    if (request.method === 'GET') return next();
    const given = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given === undefined) {
      const message =
        'changes need the header "Authorization: Bearer TOKEN"; the token is in the file "token" of RUN_DIR';
      return next(new MusterError('token-missing', message));
    }
    if (timingSafeEqual(digest(given), expected)) return next();
    next(
      new MusterError(
        'token-wrong',
        'the token is not the one of this watcher; read the file "token" of RUN_DIR again',
      ),
    );
  };
}

/** Equal lengths for the comparison, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
