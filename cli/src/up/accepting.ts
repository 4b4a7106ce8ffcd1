import { connect } from 'node:net';
import { MusterError } from '@muster/membership';
import { pollUntil } from '../poll-until.js';
import { LOOPBACK } from './ports.js';

/** The writing of the first config, 15 s at most, is part of it. What cannot start at all ends, and is told at once. */
const DEADLINE_MS = 30_000;

/**
 * Waits until a unix socket or a loopback port accepts a connection; `what` is for the message.
 * @throws `start-failed`.
 */
export async function untilAccepting(target: string | number, what: string, signal: AbortSignal): Promise<void> {
  if (await pollUntil(() => accepts(target), DEADLINE_MS, signal)) return;
  const message = `cannot start: ${what} did not accept a connection within ${DEADLINE_MS / 1000} s`;
  throw new MusterError('start-failed', message);
}

async function accepts(target: string | number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof target === 'string' ? connect(target) : connect(target, LOOPBACK);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
