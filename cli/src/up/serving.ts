import { connect as connectTo } from 'node:net';
import { MusterError, monotonicMs, sleep } from '@muster/membership';
import type { ApiClient } from '../api-client.js';
import { LOOPBACK } from './ports.js';

const POLL_MS = 50;

/** Waits until a unix socket or a loopback port accepts a connection. */
export async function untilAccepting(
  target: string | number,
  what: string,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> {
  const end = monotonicMs() + deadlineMs;
  while (!(await accepts(target))) {
    signal.throwIfAborted();
    if (monotonicMs() > end)
      throw new MusterError(
        'start-failed',
        `cannot start: ${what} did not accept a connection within ${deadlineMs / 1000} s`,
      );
    await sleep(POLL_MS, signal);
  }
}

/** Waits until the balancer's own checks pass for all these members. */
export async function untilServing(
  api: ApiClient,
  ids: readonly string[],
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> {
  const end = monotonicMs() + deadlineMs;
  for (;;) {
    const waiting = await notServing(api, ids, signal);
    signal.throwIfAborted();
    if (waiting === null || waiting.length > 0) {
      if (monotonicMs() > end) throw new MusterError('start-failed', whyNotServing(waiting, deadlineMs));
      await sleep(POLL_MS, signal);
      continue;
    }
    return;
  }
}

async function notServing(
  api: ApiClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  try {
    const members = await api.members(signal);
    const serving = new Set(members.filter((member) => member.server?.health === 'up').map((member) => member.id));
    return ids.filter((id) => !serving.has(id));
  } catch {
    return null;
  }
}

function whyNotServing(waiting: readonly string[] | null, deadlineMs: number): string {
  const what = waiting === null ? 'the watcher did not answer' : `${waiting.join(', ')} did not pass HAProxy's check`;
  return `cannot start: ${what} within ${deadlineMs / 1000} s`;
}

async function accepts(target: string | number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof target === 'string' ? connectTo(target) : connectTo(target, LOOPBACK);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
