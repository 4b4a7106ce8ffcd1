import { randomUUID } from 'node:crypto';
import cookieSession from 'cookie-session';
import type { Request, RequestHandler } from 'express';
import Keygrip from 'keygrip';
import { z } from 'zod';

const LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Signed, hence written by one of us; checked all the same, because another release may have written other fields. */
const sessionSchema = z.object({ id: z.uuid(), views: z.int().min(0), expires: z.int() });

/** What we know of one visitor. `expires` is in milliseconds since 1970. */
export type Session = Readonly<z.infer<typeof sessionSchema>>;

/**
 * Gives a route `req.session`. Sessions live in the visitor's cookie and not in this process: any member with the same
 * secret can answer the next request, and none loses a session when it stops. A visitor can read it and can send an old
 * one again: keep in it only what may be.
 */
export function createSessions(secret: string): RequestHandler {
  // No `secure` here: cookie-session then follows `req.protocol`, which Express reads behind a proxy that it trusts.
  return cookieSession({ name: 'NODESESSID', keys: new Keygrip([secret], 'sha256'), httpOnly: true, sameSite: 'lax' });
}

/** Adds a view to the visitor's session, or to a new one when there is none, or one that is foreign, changed or expired. */
export function countView(req: Pick<Request, 'session'>, now: Date): Session {
  const { id, views } = openSession(req.session, now) ?? { id: randomUUID(), views: 0 };
  const session = { id, views: views + 1, expires: now.getTime() + LIFETIME_MS };
  req.session = session;
  return session;
}

/** The library lets the browser forget a cookie, but takes a copy of it for ever: that is why the end is inside. */
function openSession(kept: unknown, now: Date): Session | undefined {
  const { success, data } = sessionSchema.safeParse(kept);
  return success && data.expires > now.getTime() ? data : undefined;
}
