import { errorMessage, type Logger, MusterError, monotonicMs, sleep } from '@muster/membership';
import type { ConfigFile } from '../config-file.js';
import { type Candidate, replaceConfig } from '../replace-config.js';
import { GET_REVISION, parsePid, parseRevision } from './answers.js';
import type { MasterSocket } from './master-socket.js';
import type { RuntimeClient } from './runtime-client.js';

export interface ReloadOptions {
  readonly file: ConfigFile;
  readonly runtime: RuntimeClient;
  readonly master: MasterSocket;
  readonly synchronous: boolean;
  /** From the reload to the proof that a new worker answers. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * HAProxy's own words, from `get_listeners_fd()`: the new process waits one second for the listening sockets of the old one,
 * and opens others where they do not come. What the kernel had queued on the old ones is reset when they close.
 */
const NO_SOCKETS = 'Failed to get the sockets from the old process';

/** A structural change, all or nothing. Proof is a new worker that runs `revision`. */
export async function reload(
  candidate: Candidate & { readonly revision: string },
  options: ReloadOptions,
  signal: AbortSignal,
): Promise<void> {
  await replaceConfig(
    {
      ...{ file: options.file, candidate },
      look: () => workerIdentity(options.runtime, signal),
      async load({ pid }) {
        await askForReload(options, signal);
        await proveReload(candidate.revision, pid, options, signal);
      },
      // A worker that did not come up needs no second reload: the old one still serves.
      undo: () => {},
    },
    signal,
  );
}

/** Which worker answers on the socket, and what it runs. */
export async function workerIdentity(
  runtime: RuntimeClient,
  signal: AbortSignal,
): Promise<{ pid: number; revision: string | null }> {
  const [info = '', variable = ''] = await runtime.ask(['show info', GET_REVISION], signal);
  return { pid: parsePid(info), revision: parseRevision(variable) };
}

async function askForReload(
  { master, synchronous, timeoutMs, logger }: ReloadOptions,
  signal: AbortSignal,
): Promise<void> {
  const reply = await master.ask('reload', timeoutMs, signal);
  if (reply.includes(NO_SOCKETS))
    logger.warn(
      "HAProxy's old worker stood still and handed over no sockets: new connections may be reset (docs/images.md)",
    );
  if (!synchronous || reply.startsWith('Success=1')) return;
  const reason = reply
    .split('\n')
    .filter((line) => /ALERT|ERROR/i.test(line))
    .map((line) => line.replace(/^\[\w+\]\s*\(\d+\)\s*:\s*/, ''))
    .join('; ');
  throw new MusterError(
    'reload-failed',
    `HAProxy refused the reload: ${reason || reply || 'no reason given'}; the old worker stays`,
  );
}

async function proveReload(
  revision: string,
  oldPid: number,
  { runtime, master, timeoutMs }: ReloadOptions,
  signal: AbortSignal,
): Promise<void> {
  const end = monotonicMs() + timeoutMs;
  let seen = 'nothing answered';
  for (let isLast = false; !isLast && !signal.aborted; ) {
    // One look comes after the end: it may have been this process that stood still.
    isLast = monotonicMs() >= end;
    try {
      // The old worker still answers whoever is connected to it.
      runtime.reconnect();
      const now = await workerIdentity(runtime, signal);
      if (now.pid !== oldPid && now.revision === revision) {
        // 2.6: the master starts itself again and refuses connections for a moment. Whoever reads next needs it.
        await master.ask('show proc', timeoutMs, signal);
        return;
      }
      seen = `worker ${now.pid} runs ${now.revision ?? 'an unknown revision'}`;
    } catch (error) {
      seen = errorMessage(error);
    }
    await sleep(5, signal);
  }
  throw new MusterError(
    'reload-unproved',
    `no new worker with revision ${revision} answered within ${timeoutMs} ms (${seen}); the old file was put back`,
    { retryable: true },
  );
}
