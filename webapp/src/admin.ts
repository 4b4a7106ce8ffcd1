import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { HttpError } from './errors.js';

/** Who may change this node: everybody (development), whoever has the token, or nobody (no token was set). */
export type AdminAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'refused' };

/** Lets a request pass, or answers 401 (send the token) or 403 (no token would help), each with the reason. */
export function requireAdmin(access: AdminAccess): RequestHandler {
  return (req, res, next) => {
    if (access.kind === 'open') return next();
    if (access.kind === 'refused') {
      throw new HttpError(403, 'admin-disabled', 'outside development this needs ADMIN_TOKEN to be set on the member');
    }
    const given = /^Bearer +(\S+)$/i.exec(req.get('authorization') ?? '')?.[1];
    if (given !== undefined && sameText(given, access.token)) return next();
    res.set('WWW-Authenticate', 'Bearer');
    if (given === undefined) throw new HttpError(401, 'token-missing', 'send Authorization: Bearer <ADMIN_TOKEN>');
    throw new HttpError(401, 'token-wrong', 'this is not the ADMIN_TOKEN of the member');
  };
}

/** Compares digests, which have one length, so that the time taken says nothing about the secret. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
