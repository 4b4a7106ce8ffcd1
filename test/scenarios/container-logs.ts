import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { Plain } from './cluster-text.js';
import type { SeenContainer } from './seen.js';

/** Lines of one service and step that are kept: the first ones and the last ones. */
const KEPT = { first: 60, last: 20 } as const;
const MAX_LOG_BYTES = 64 * 1024 * 1024;

type Named = Pick<SeenContainer, 'id' | 'name'>;

const run = promisify(execFile);

/** What containers wrote, in the order of time: `t+1.2 s  name  text`. `texts` are outputs of `docker logs`. */
export function logText(texts: readonly (readonly [name: string, text: string])[], plain: Plain): string {
  const lines = texts.flatMap(([name, text]) => text.split('\n').flatMap((line) => logLine(line, name)));
  return trimmed(withoutCopies(lines.sort()).map((line) => roundTime(plain(line)))).join('\n');
}

/** `docker logs` writes to stdout what the container wrote there, and the rest to stderr: both are wanted. */
export async function logsOf({ id }: Named, since: Date): Promise<string> {
  const { stdout, stderr } = await run('docker', logArgs(id, since), { maxBuffer: MAX_LOG_BYTES });
  return `${stdout}\n${stderr}`;
}

/** The log of a container that will be removed, and its log with it. */
export interface FollowedLog extends Named {
  readonly text: () => string;
  stop(): void;
}

export function followLog({ id, name }: Named, since: Date): FollowedLog {
  const reader = spawn('docker', ['logs', '--follow', ...logArgs(id, since).slice(1)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [reader.stdout, reader.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  reader.once('error', () => undefined);
  return { id, name, text: () => text, stop: () => reader.kill() };
}

function logArgs(id: string, since: Date): string[] {
  return ['logs', '--timestamps', '--since', since.toISOString(), id];
}

/** `time  name  text`; nothing for empty lines. A program's own time and pid go: Docker's time stands before it. */
export function logLine(line: string, name: string): string[] {
  const [, time, text = ''] = /^(\S+Z) (.*)$/.exec(line) ?? [];
  const own = text
    .replace(/^\s*\d{4}-\d\d-\d\dT\S+Z /, '')
    .replace(/("time":"[^"]*"|"time":\d+|"pid":\d+),/g, '')
    .replace(/^(\[[A-Z]+\] +)\(\d+\) : /, '$1')
    .replace(/\bworker \(\d+\)/, 'worker')
    .trimEnd();
  return time === undefined || own === '' ? [] : [`${time}  ${name}  ${own}`];
}

/** HAProxy writes some lines to stderr and, without `[WARNING]`, to its log. */
function withoutCopies(lines: readonly string[]): string[] {
  const textOf = (line: string) => line.split('  ').slice(2).join('  ');
  const texts = new Set(lines.map(textOf));
  return lines.filter((line) => !texts.has(/^\[(?:WARNING|ALERT)\] +(.*)$/.exec(textOf(line))?.[1] ?? ''));
}

/** The middle of a long log is left out. */
export function trimmed(lines: readonly string[]): string[] {
  const left = lines.length - KEPT.first - KEPT.last;
  if (left <= 1) return [...lines];
  return [...lines.slice(0, KEPT.first), `… ${left} lines …`, ...lines.slice(-KEPT.last)];
}

/** Events have milliseconds; here they would make every line another one each time. */
function roundTime(line: string): string {
  return line.replace(/^t\+(\d+\.\d)\d* s/, 't+$1 s');
}
