import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as readAll } from 'node:stream/consumers';
import { docker } from './docker.js';

/** How an agent says that its leave went: which balancers acknowledged it, and which it gave up waiting for. */
export interface Leave {
  readonly acknowledged: readonly string[];
  readonly missing: readonly string[];
}

/** The last leave of a container that was stopped. */
export async function lastLeave(id: string): Promise<Leave> {
  const leave = leaves(await docker(['logs', id])).at(-1);
  assert.ok(leave, `the agent of ${id} did not say that it has left`);
  return leave;
}

/** Call it at the end, when the containers are gone, and their logs with them: how they left since now. */
export async function followLeaves(ids: readonly string[]): Promise<() => Promise<Leave[]>> {
  const ends = await Promise.all(ids.map(followLog));
  return async () => (await Promise.all(ends.map((end) => end()))).flatMap(leaves);
}

/** Resolves once the log is being read: its last line has come. The function gives all from there to its end. */
async function followLog(id: string): Promise<() => Promise<string>> {
  const reader = spawn('docker', ['logs', '--follow', '--tail', '1', id], { stdio: ['ignore', 'pipe', 'ignore'] });
  const text = readAll(reader.stdout);
  await once(reader.stdout, 'readable');
  return () => text;
}

/** Every balancer has acknowledged: the leave ended for that, and not because its time was up. */
export function assertAcknowledged(...all: readonly Leave[]): void {
  for (const { acknowledged, missing } of all) {
    assert.deepEqual([acknowledged.length, missing], [1, []], `acknowledged by ${acknowledged.join(', ')}`);
  }
}

function leaves(log: string): Leave[] {
  return log.split('\n').flatMap((line) => {
    if (!line.includes('"msg":"left"')) return [];
    return [JSON.parse(line) as Leave];
  });
}
