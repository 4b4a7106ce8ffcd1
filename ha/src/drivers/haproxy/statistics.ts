import { unknownAnswer } from './answers.js';

/** Requests open or queued per server of one backend, from `show stat <backend> 4 -1` (management manual 9.1: `qcur`, `scur`). */
export function parseInFlight(csv: string): Map<string, number> {
  const [header = '', ...lines] = csv.split('\n');
  const columns = header.replace(/^# /, '').split(',');
  const name = columns.indexOf('svname');
  const queued = columns.indexOf('qcur');
  const sessions = columns.indexOf('scur');
  // Not read as "nothing in flight": that would let a busy member stop.
  if (name < 0 || queued < 0 || sessions < 0) throw unknownAnswer('show stat', csv);
  return new Map(
    lines
      .map((line) => line.split(','))
      .filter((cells) => cells.length > sessions)
      .map((cells) => [cells[name] ?? '', Number(cells[queued]) + Number(cells[sessions])]),
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
