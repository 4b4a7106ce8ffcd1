import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** The longest wait that a client may ask for, in milliseconds. */
export const MAX_PAUSE_MS = 60_000;

/**
 * Waits without blocking the event loop: other requests are served meanwhile. False when the client went away, so that
 * nobody waits for an answer any more.
 */
export async function pause(ms: number, res: ServerResponse): Promise<boolean> {
  if (ms === 0) return true;
  const gone = new AbortController();
  const onClose = () => gone.abort();
  res.once('close', onClose);
  try {
    await delay(ms, undefined, { signal: gone.signal });
    return true;
  } catch {
    return false;
  } finally {
    res.off('close', onClose);
  }
}
