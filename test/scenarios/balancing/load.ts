import type { ProbeRecord } from '../../../cli/src/probe/record.js';
import { sendAll } from '../../../cli/src/probe/run.js';
import type { Shown } from './strategy-list.js';

export interface LoadOptions {
  readonly url: string;
  readonly shown: Shown;
  /** Instead of that of `shown`. */
  readonly path?: string;
  readonly requests: number;
  /** Instead of half of the clients. */
  readonly keepAlive?: boolean;
}

/** Requests from clients of which half keep their connections, by what `muster probe` sends. */
export interface BalancingLoad {
  /** How many were answered so far. */
  answered(): number;
  /** What has ended: all of it, after `requests` or a `stop`. */
  readonly done: Promise<LoadSeen>;
  stop(): void;
}

export interface LoadSeen {
  readonly records: readonly ProbeRecord[];
  readonly tookMs: number;
  /** The moment (`performance.now`) at which each record was made. */
  readonly times: readonly number[];
  /** Open at a `stop`: in no record. */
  readonly cut: number;
}

/** Client numbers of the second half: a session is known by them. */
const SECOND = 1_000;

export function startBalancingLoad(options: LoadOptions, signal: AbortSignal): BalancingLoad {
  const stopping = new AbortController();
  const either = AbortSignal.any([signal, stopping.signal]);
  const modes = options.keepAlive === undefined ? [true, false] : [options.keepAlive];
  const halves = modes.map((keepAlive, half) => runHalf(options, { keepAlive, half, parts: modes.length }, either));
  return {
    answered: () => halves.reduce((sum, { times }) => sum + times.length, 0),
    stop: () => stopping.abort(),
    done: Promise.all(halves.map(({ run }) => run)).then((runs) => {
      const timed = runs.flatMap(({ records }, half) =>
        records.map((record, at) => ({ record, at: halves[half]?.times[at] ?? 0 })),
      );
      timed.sort((a, b) => a.at - b.at);
      return {
        records: timed.map(({ record }) => record),
        times: timed.map(({ at }) => at),
        tookMs: Math.max(...runs.map(({ tookMs }) => tookMs)),
        cut: runs.reduce((sum, { cut }) => sum + cut, 0),
      };
    }),
  };
}

interface Half {
  readonly keepAlive: boolean;
  readonly half: number;
  readonly parts: number;
}

function runHalf({ url, shown, path, requests }: LoadOptions, { keepAlive, half, parts }: Half, signal: AbortSignal) {
  const { strategy, headers } = shown;
  const times: number[] = [];
  const from = strategy === 'source' ? `127.0.${8 + half}.{client}` : null;
  const settings = {
    plan: { url: new URL(url), method: 'GET', path: path ?? shown.path, headers, from, strategy },
    requests: Math.ceil(requests / parts),
    clients: shown.clients / parts,
    ...{ keepAlive, cookies: strategy === 'sticky', timeoutMs: 10_000 },
    recogniser: { kind: 'header', name: 'x-backend' } as const,
    onProgress: () => times.push(performance.now()),
  };
  const run = sendAll(settings, signal).then((result) => ({
    ...result,
    records: result.records.map((record) => ({ ...record, client: record.client + half * SECOND })),
  }));
  return { times, run };
}
