import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What we know of one visitor. */
export interface Session {
  readonly id: string;
  readonly views: number;
}

const sealedSchema = z.object({ id: z.uuid(), views: z.int().min(0), expires: z.int() });

export function newSession(): Session {
  return { id: randomUUID(), views: 0 };
}

/** The session as text that every member with the same secret can read and none without it can forge: `payload.mac`. */
export function sealSession(session: Session, secret: string, expires: Date): string {
  const payload = Buffer.from(JSON.stringify({ ...session, expires: expires.getTime() })).toString('base64url');
  return `${payload}.${mac(payload, secret).toString('base64url')}`;
}

/** The session in a cookie; undefined when it is foreign, changed, torn or expired. */
export function openSession(cookie: string, secret: string, now: Date): Session | undefined {
  const [payload = '', signature = '', ...rest] = cookie.split('.');
  const expected = mac(payload, secret);
  const given = Buffer.from(signature, 'base64url');
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  // Signed, hence written by one of us; parsed all the same, because another release may have written other fields.
  const sealed = sealedSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  if (!sealed.success || sealed.data.expires <= now.getTime()) return undefined;
  return { id: sealed.data.id, views: sealed.data.views };
}

/** The label keeps these signatures apart from any other use that the same secret may be put to. */
function mac(payload: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`NODESESSID v1\n${payload}`).digest();
}
