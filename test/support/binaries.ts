import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where `npm test` unpacks what the machine lacks. */
const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));

interface Binary {
  /** Environment variable that names another one. */
  readonly variable: string;
  readonly command: string;
  /** Also looked for in these folders: Debian keeps servers out of a user's PATH. */
  readonly folders: readonly string[];
}

const BINARIES = {
  consul: { variable: 'CONSUL_BIN', command: 'consul', folders: [join(CACHE, 'consul/usr/bin')] },
  haproxy: { variable: 'HAPROXY_BIN', command: 'haproxy', folders: ['/usr/local/sbin', '/usr/sbin'] },
} as const satisfies Record<string, Binary>;

export type BinaryName = keyof typeof BINARIES;

/** The path of a real program: its variable, then PATH, then `.cache`; null when it is nowhere. */
export function findBinary(name: BinaryName): string | null {
  const { variable, command, folders } = BINARIES[name];
  const named = process.env[variable];
  if (named) return named;
  const cached = name === 'haproxy' ? haproxiesInCache() : [];
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [...[...path, ...folders].map((folder) => join(folder, command)), ...cached];
  return candidates.find(isExecutable) ?? null;
}

/**
 * Every HAProxy that can be found, by real difference of path: `HAPROXY_BIN` or the one on PATH, and those of `.cache`
 * (`.cache/haproxy-3.2/usr/sbin/haproxy`). With `HAPROXY_BIN` set only that one, so that a run can be narrowed.
 */
export function findHaproxies(): string[] {
  const first = findBinary('haproxy');
  if (process.env.HAPROXY_BIN) return first ? [first] : [];
  return [...new Set([...(first ? [first] : []), ...haproxiesInCache()])];
}

/**
 * For `before` hooks, with mocha's `this`: the path of a real program. Without it the suite is skipped with a line that
 * cannot be missed; under `CI=true` it fails, because a skipped suite proves nothing.
 */
export function requireBinary(context: { skip(): void }, name: BinaryName): string {
  const found = findBinary(name);
  if (found) return found;
  const message = `${name} was not found: set ${BINARIES[name].variable} or install it`;
  if (process.env.CI === 'true') throw new Error(message);
  console.error(`\n  !!! SKIPPED: ${message}\n`);
  context.skip();
  // mocha's skip throws; this line tells the compiler so.
  throw new Error(message);
}

function haproxiesInCache(): string[] {
  try {
    const folders = readdirSync(CACHE).filter((name) => name.startsWith('haproxy'));
    return folders
      .sort()
      .map((folder) => join(CACHE, folder, 'usr/sbin/haproxy'))
      .filter(isExecutable);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
