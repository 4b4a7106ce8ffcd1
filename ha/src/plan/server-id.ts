import { createHash } from 'node:crypto';
import type { RunningServer } from './desired.js';

/** Ids stay below HAProxy's signed 32-bit limit, and clear of the small ones that HAProxy gives out by itself. */
const FIRST = 10_000;
const RANGE = 2 ** 30;

/**
 * A stable numeric id per server name, so that consistent hashing survives a reload (400 of 400 URIs moved without).
 * A running server keeps its id; a new one gets the hash of its name, or the next free number on a collision.
 */
export function assignServerIds(
  names: readonly string[],
  running: ReadonlyMap<string, RunningServer>,
): Map<string, number> {
  const taken = new Set([...running.values()].map((server) => server.serverId));
  const ids = new Map<string, number>();
  for (const name of [...names].sort()) {
    const known = running.get(name)?.serverId;
    ids.set(name, known ?? nextFree(hashId(name), taken));
  }
  return ids;
}

function nextFree(wanted: number, taken: Set<number>): number {
  let id = wanted;
  while (taken.has(id)) id = id + 1 < FIRST + RANGE ? id + 1 : FIRST;
  taken.add(id);
  return id;
}

function hashId(name: string): number {
  return FIRST + (createHash('sha1').update(name).digest().readUInt32BE(0) % RANGE);
}
