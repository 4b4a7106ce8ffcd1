import { unknownAnswer } from './answers.js';

/** What only statistics tell of a server. */
export interface ServerStatistics {
  readonly inFlight: number;
  readonly answers: boolean;
}

/** Statuses of a last check that got an answer, good or bad; the others are time-outs and refused connections. */
const ANSWERED = /L6OK|L6RSP|L7OK|L7OKC|L7STS|L7RSP/;

/** Statistics per server of one backend, from `show stat <backend> 4 -1` (management manual 9.1: `qcur`, `scur`, `check_status`). */
export function parseStatistics(csv: string): Map<string, ServerStatistics> {
  const [header = '', ...lines] = csv.split('\n');
  const columns = header.replace(/^# /, '').split(',');
  const [name, queued, sessions, check] = ['svname', 'qcur', 'scur', 'check_status'].map((one) => columns.indexOf(one));
  // Not read as "nothing in flight": that would let a busy member stop.
  if (
    name === undefined ||
    queued === undefined ||
    sessions === undefined ||
    check === undefined ||
    Math.min(name, queued, sessions, check) < 0
  ) {
    throw unknownAnswer('show stat', csv);
  }
  return new Map(
    lines
      .map((line) => line.split(','))
      .filter((cells) => cells.length > check)
      .map((cells) => [
        cells[name] ?? '',
        { inFlight: Number(cells[queued]) + Number(cells[sessions]), answers: ANSWERED.test(cells[check] ?? '') },
      ]),
  );
}

/** `CurrConns` of `show info`: client connections of one worker, the asking one left out. */
export function parseConnections(info: string): number {
  return Number(/^CurrConns: (\d+)$/m.exec(info)?.[1] ?? 0);
}

/** Process ids of the workers that a reload left behind, from `show proc` of the master socket (management manual 9.4). */
export function parseOldWorkers(answer: string): number[] {
  if (!answer.startsWith('#<PID>')) throw unknownAnswer('show proc', answer);
  const [, old = ''] = answer.split('# old workers');
  return [...old.matchAll(/^(\d+)\s+worker\s/gm)].map((match) => Number(match[1]));
}
