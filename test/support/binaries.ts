import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinary as findInstalled, isExecutable } from '../../cli/bootstrap/find-binary.mjs';
import type { BalancerProgram } from './cluster-options.js';

/** Where `npm test` unpacks what the machine lacks. */
const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));

/** The environment variable that names another one. */
const VARIABLES = { consul: 'CONSUL_BIN', haproxy: 'HAPROXY_BIN', nginx: 'NGINX_BIN' } as const;

export type BinaryName = keyof typeof VARIABLES;

/**
 * The path of a real program: its variable, then PATH and the sbin folders, then `.cache`, where of several the newest
 * counts; null when it is nowhere.
 */
export function findBinary(name: BinaryName): string | null {
  return findInstalled(name, process.env[VARIABLES[name]]) ?? inCache(name).at(-1) ?? null;
}

/**
 * Every program of a balancer that can be found, by real difference of path: `HAPROXY_BIN` or the one on PATH, and those of
 * `.cache` (`.cache/haproxy-3.2/usr/sbin/haproxy`), the oldest first. With `HAPROXY_BIN` set only that one, so that a run
 * can be narrowed; `NGINX_BIN` likewise.
 */
export function findBalancers(name: BalancerProgram['name']): BalancerProgram[] {
  const override = process.env[VARIABLES[name]];
  const installed = findInstalled(name, override);
  const paths = [...(installed ? [installed] : []), ...(override ? [] : inCache(name))];
  return paths.map((bin) => ({ name, bin }));
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

/** `.cache/consul`, `.cache/haproxy-3.2`: the oldest version first. */
function inCache(name: BinaryName): string[] {
  const program = name === 'consul' ? 'usr/bin/consul' : `usr/sbin/${name}`;
  const folders = foldersOfCache().filter((folder) => folder === name || folder.startsWith(`${name}-`));
  const byVersion = folders.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return byVersion.map((folder) => join(CACHE, folder, program)).filter(isExecutable);
}

function foldersOfCache(): string[] {
  try {
    return readdirSync(CACHE);
  } catch {
    return [];
  }
}
