import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../test/support/eventually.js';
import { freePorts } from '../test/support/ports.js';
import { RunningProcess } from '../test/support/processes.js';

/** Apps that cost nearly nothing: one HAProxy that answers on several ports and says in X-Backend which one it was. */
export interface Members {
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

export async function startMembers(haproxy: string, count: number, dir: string): Promise<Members> {
  const ports = await freePorts(count);
  const file = join(dir, 'members.cfg');
  writeFileSync(file, membersConfig(ports, '127.0.0.1'));
  const running = new RunningProcess({
    name: 'members',
    command: haproxy,
    args: ['-f', file, '-db'],
    env: {},
    logFile: join(dir, 'members.log'),
  });
  const stop = () => running.kill();
  try {
    for (const port of ports) await eventually(() => fetch(`http://127.0.0.1:${port}/`), 5_000);
  } catch (failure) {
    await stop();
    throw failure;
  }
  return { ports, stop };
}

/** What such a HAProxy runs; `address` may be empty for all of them. */
export function membersConfig(ports: readonly number[], address: string): string {
  return `global
  nbthread 1
defaults
  mode http
  timeout client 1m
  timeout http-keep-alive 1m
frontend members
${ports.map((port) => `  bind ${address}:${port}`).join('\n')}
  http-request return status 200 content-type text/plain hdr X-Backend %[dst_port] string "hello\\n"
`;
}
