import { MusterError } from '@muster/membership';

/** Asks for the structure that the worker runs; see `set-var proc.muster_revision` in haproxy.cfg.hbs. */
export const GET_REVISION = 'get var proc.muster_revision';

/** `proc.muster_revision: type=str value=<0123456789abcdef>` → the hash, or null. */
export function parseRevision(answer: string): string | null {
  return /value=<([0-9a-f]+)>/.exec(answer)?.[1] ?? null;
}

/** Process id of the worker that answered `show info`, or 0. */
export function parsePid(info: string): number {
  return Number(/^Pid: (\d+)$/m.exec(info)?.[1] ?? 0);
}

/** An answer that no parser knows is an error, never "nothing there": that would let a busy member stop. */
export function unknownAnswer(command: string, answer: string): MusterError {
  const start = JSON.stringify(answer.slice(0, 120));
  return new MusterError('balancer-answer-unknown', `HAProxy answered \`${command}\` in an unknown form: ${start}`, {
    retryable: true,
  });
}
