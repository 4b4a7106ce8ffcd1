import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinary as findInstalled, isExecutable } from '../../cli/bootstrap/find-binary.mjs';

/** Where `npm test` unpacks what the machine lacks. */
const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));

/** The environment variable that names another one. */
const VARIABLES = { consul: 'CONSUL_BIN', haproxy: 'HAPROXY_BIN' } as const;

export type BinaryName = keyof typeof VARIABLES;

/** The path of a real program: its variable, then PATH and the sbin folders, then `.cache`; null when it is nowhere. */
export function findBinary(name: BinaryName): string | null {
  const cached = name === 'haproxy' ? haproxiesInCache() : [join(CACHE, 'consul/usr/bin/consul')];
  return findInstalled(name, process.env[VARIABLES[name]]) ?? cached.find(isExecutable) ?? null;
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
  const message = `${name} was not found: set ${VARIABLES[name]} or install it`;
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
