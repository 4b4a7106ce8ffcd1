import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** A process that a test started and that outlived it. */
export interface LeakedProcess {
  readonly pid: number;
  readonly command: string;
}

/** Who started mocha may have named the run, to end what it leaves when it is stopped (cli/bootstrap/mocha.mjs). */
const MARK = `TEST_RUN=${process.env.TEST_RUN_NAME ?? randomUUID()}`;

/** From now on every process started here, and all that those start, can be told by their environment. */
export function markDescendants(): void {
  process.env.TEST_RUN = MARK.slice('TEST_RUN='.length);
}

/**
 * Lists the processes of this run that are alive: children, and orphans that carry the mark. Knows only Linux; gives
 * nothing elsewhere.
 */
export function findLeakedProcesses(): readonly LeakedProcess[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.flatMap((pid) => (isOurs(pid) ? describe(pid) : []));
}

function isOurs(pid: string): boolean {
  // The fields after the name in brackets: state, parent, …
  const parent = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1];
  return parent === String(process.pid) || read(`/proc/${pid}/environ`).split('\0').includes(MARK);
}

function describe(pid: string): readonly LeakedProcess[] {
  // A zombie has no command line, and is no leak: it is gone as soon as its parent looks.
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  const isCompiler = /\/esbuild --service/.test(command);
  return command === '' || isCompiler ? [] : [{ pid: Number(pid), command }];
}

/** A process may end while we look: then there is nothing to read. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
