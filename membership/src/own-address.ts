import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { monotonicMs, sleep } from './clock.js';
import { withDeadline } from './deadline.js';
import { errorCode, errorMessage, MusterError } from './errors.js';
import { resolveName } from './resolve-name.js';

/** The last label needs a letter, so that a mistyped IP address is no name (WHATWG URL, "ends in a number"). */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)*(?=[a-z0-9_-]*[a-z])[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?$/i;

/** Whether `text` is a host name that is worth a look-up: no IP address, and nothing but labels. */
export function isHostName(text: string): boolean {
  return isIP(text) === 0 && HOST_NAME.test(text);
}

/** Every IP address of this machine, loopback too, in the order of the system. */
export function ownAddresses(): readonly string[] {
  return interfaceAddresses().map(({ address }) => address);
}

/** The first IPv4 address that is not loopback and not in `except`; null when there is none. */
export function firstOwnAddress(except: readonly string[] = []): string | null {
  const usable = interfaceAddresses().filter(({ family, internal }) => family === 'IPv4' && !internal);
  return usable.find(({ address }) => !except.includes(address))?.address ?? null;
}

/** The address that both lists have, IPv4 before IPv6; null when there is none. */
export function chooseOwn(found: readonly string[], own: readonly string[]): string | null {
  const shared = found.filter((address) => own.includes(address));
  return shared.find((address) => isIP(address) === 4) ?? shared[0] ?? null;
}

/** Where names and own addresses come from, and how long to wait for them; for tests. */
export interface OwnAddressOptions {
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  readonly own?: () => readonly string[];
  readonly deadlineMs?: number;
}

/** At the start of a container its DNS may not answer, or not know this container yet. */
const DEADLINE_MS = 5_000;
const RETRY_MS = 100;

const NEVER = new AbortController().signal;

/**
 * The address of this machine that `name` stands for. In a container with several networks a name is the only way to say
 * which of them is meant, and all members may share it: of what it resolves to, the one that is ours is taken. Asked
 * again for a few seconds.
 * @throws MusterError `config-invalid` that names the setting, what was found and the own addresses.
 */
export async function ownAddressOf(setting: string, name: string, options: OwnAddressOptions = {}): Promise<string> {
  const { resolve = resolveAll, own = ownAddresses, deadlineMs = DEADLINE_MS } = options;
  const endMs = monotonicMs() + deadlineMs;
  for (;;) {
    const found = await resolveWithin(resolve, name, Math.max(1, endMs - monotonicMs()));
    const address = typeof found === 'string' ? null : chooseOwn(found, own());
    if (address !== null) return address;
    if (monotonicMs() + RETRY_MS > endMs) throw notOurs(setting, name, found, own());
    await sleep(RETRY_MS);
  }
}

/** The addresses, or the reason why there are none. */
async function resolveWithin(
  resolve: (name: string) => Promise<readonly string[]>,
  name: string,
  deadlineMs: number,
): Promise<readonly string[] | string> {
  try {
    return await withDeadline(deadlineMs, NEVER, () => resolve(name));
  } catch (thrown) {
    return errorCode(thrown) === 'timed-out' ? 'no answer of the DNS' : errorMessage(thrown);
  }
}

async function resolveAll(name: string): Promise<readonly string[]> {
  return (await resolveName(name)).map(({ address }) => address);
}

function notOurs(
  setting: string,
  name: string,
  found: readonly string[] | string,
  own: readonly string[],
): MusterError {
  const what = typeof found === 'string' ? `cannot be resolved (${found})` : `resolves to ${found.join(', ')}`;
  const message = `${setting}: ${name} ${what}: it must be an address of this machine, which has ${own.join(', ')}`;
  return new MusterError('config-invalid', message);
}

function interfaceAddresses() {
  return Object.values(networkInterfaces()).flatMap((list) => list ?? []);
}
