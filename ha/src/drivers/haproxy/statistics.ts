import { MusterError } from '@muster/membership';

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

export interface Workers {
  /** Process id of the worker that accepts connections, or null while there is none. */
  readonly current: number | null;
  /** Process ids of workers that a reload left behind. */
  readonly old: readonly number[];
}

/** Parses `show proc` of the master socket (management manual 9.4). */
export function parseWorkers(answer: string): Workers {
  if (!answer.startsWith('#<PID>')) throw unknownAnswer('show proc', answer);
  const [now = '', old = ''] = answer.split('# old workers');
  const pids = (text: string) => [...text.matchAll(/^(\d+)\s+worker\s/gm)].map((match) => Number(match[1]));
  return { current: pids(now)[0] ?? null, old: pids(old) };
}

function unknownAnswer(command: string, answer: string): MusterError {
  const start = JSON.stringify(answer.slice(0, 120));
  return new MusterError('balancer-answer-unknown', `HAProxy answered \`${command}\` in an unknown form: ${start}`, {
    retryable: true,
  });
}
