import { type ExecFileException, execFile } from 'node:child_process';
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { monotonicMs } from './clock.js';

/** glibc asks two silent servers for 20 s. */
const GIVE_UP_MS = 30_000;

/** For tests. */
export interface ResolveOptions {
  readonly command?: string;
  /** A failure that took longer has waited for a DNS that is silent. */
  readonly quickMs?: number;
}

/** What glibc's `getent` ends with when it found nothing. */
const NOTHING = 2;

/**
 * All addresses of a name as the system finds them, with `/etc/hosts` and the search list. By a `getent` process: Node's
 * own `lookup` keeps a thread waiting for as long as the DNS is silent, and no Node process can end before its threads, so
 * that a container's stop would take that long. `lookup` is only for where there is no such `getent` (macOS, Alpine).
 */
export async function resolveName(name: string, options: ResolveOptions = {}): Promise<readonly LookupAddress[]> {
  const { command = 'getent', quickMs = 1_000 } = options;
  const startMs = monotonicMs();
  // -A: as `lookup`, also the addresses of a family that no interface has; loopback does not count as one.
  const args = ['-A', 'ahosts', '--', name];
  try {
    const { stdout } = await promisify(execFile)(command, args, { timeout: GIVE_UP_MS, killSignal: 'SIGKILL' });
    return addressesIn(stdout);
  } catch (thrown) {
    const { code, signal } = thrown as ExecFileException;
    // A signal ends it at its deadline, or with us.
    if (code !== NOTHING && !signal) return lookup(name, { all: true });
    const silent = Boolean(signal) || monotonicMs() - startMs > quickMs;
    const message = silent ? `no answer of the DNS about ${name}` : `no address of ${name} is known`;
    throw Object.assign(new Error(message), { code: silent ? 'EAI_AGAIN' : 'ENOTFOUND' });
  }
}

/** One line for each address and type of socket: `10.0.0.4  STREAM consul`. */
function addressesIn(said: string): LookupAddress[] {
  const addresses = new Set(said.split('\n').map((line) => line.split(/\s/, 1)[0] ?? ''));
  return [...addresses].flatMap((address) => (isIP(address) ? [{ address, family: isIP(address) }] : []));
}
