import type { Request, Response } from 'express';
import { newSession, openSession, type Session, sealSession } from './session-cookie.js';

const COOKIE = 'NODESESSID';
const LIFETIME_MS = 24 * 60 * 60 * 1000;

/**
 * Sessions live in the visitor's cookie and not in this process: any member can answer the next request, and none
 * loses a session when it stops. A visitor can read it and can send an old one again: keep in it only what may be.
 */
export interface Sessions {
  /** The visitor's session, or a new one. */
  read(req: Request): Session;
  /** Sends the session with the answer; call it before the body. */
  write(res: Response, session: Session): void;
}

export function createSessions(options: { readonly secret: string }): Sessions {
  return {
    read(req) {
      const cookie = findCookie(req.get('cookie') ?? '', COOKIE);
      const session = cookie === undefined ? undefined : openSession(cookie, options.secret, new Date());
      return session ?? newSession();
    },
    write(res, session) {
      const value = sealSession(session, options.secret, new Date(Date.now() + LIFETIME_MS));
      res.cookie(COOKIE, value, { httpOnly: true, sameSite: 'lax', path: '/', secure: res.req.secure });
    },
  };
}

/** Our values are base64url and dots: there is nothing to decode. */
function findCookie(header: string, name: string): string | undefined {
  const pair = header.split(';').find((part) => part.trimStart().startsWith(`${name}=`));
  return pair?.trim().slice(name.length + 1);
}
