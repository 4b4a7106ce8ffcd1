import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually, PATIENCE_MS } from './eventually.js';
import { LoadReport, type RequestRecord } from './load-report.js';

export { LoadReport, type RequestRecord, sharedNowMs } from './load-report.js';

export interface LoadSettings {
  readonly url: string;
  /** Closed-loop clients: the even ones keep their connection alive, the odd ones send `Connection: close`. */
  readonly clients: number;
  /** Mean pause of a client between two requests, so that a machine with two cores is not saturated. */
  readonly thinkMs: number;
  /** Every n-th request of a client is a POST; 0 = none. */
  readonly postEvery: number;
  /** Where POSTs go, relative to `url`. */
  readonly postPath: string;
  /** Clients keep the cookies they are given. */
  readonly cookies: boolean;
  /** A request without a complete answer after this time has failed. */
  readonly timeoutMs: number;
  readonly maxRequests: number;
  readonly maxMs: number;
}

const DEFAULTS = {
  clients: 16,
  thinkMs: 20,
  postEvery: 0,
  postPath: '',
  cookies: false,
  timeoutMs: 10_000,
  maxRequests: 400_000,
  maxMs: 180_000,
} as const;

/** HTTP load from a process of its own. */
export interface Load {
  /** What was seen up to about 50 ms ago. */
  report(): LoadReport;
  /** Waits until `count` more requests have been answered, so that a fault has been under load. */
  more(count: number): Promise<void>;
  /** Lets the requests in flight end and gives the whole report. */
  stop(): Promise<LoadReport>;
}

const running = new Set<ChildProcess>();

/** For `afterEach`: ends what a failed test left running, so that it is no load on the next one. */
export function killLoads(): void {
  for (const worker of running) worker.kill('SIGKILL');
}

/** Starts the clients and returns once each has been answered, so that everything after it happens under load. */
export async function startLoad(options: Partial<LoadSettings> & { readonly url: string }): Promise<Load> {
  const settings: LoadSettings = { ...DEFAULTS, ...options };
  const records: RequestRecord[] = [];
  const worker = fork(fileURLToPath(new URL('./load-worker.ts', import.meta.url)), [JSON.stringify(settings)], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  });
  running.add(worker);
  const done = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: readonly RequestRecord[] | 'done') => {
      if (message === 'done') return resolve();
      for (const record of message) records.push(record);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      running.delete(worker);
      reject(new Error(`the load generator ended with ${code}`));
    });
  });
  done.catch(() => undefined);
  const load: Load = {
    report: () => new LoadReport([...records]),
    async more(count) {
      const target = records.length + count;
      const answered = eventually(() => {
        if (records.length < target) throw new Error(`${records.length} of ${target} requests answered`);
      }, settings.timeoutMs + PATIENCE_MS);
      await Promise.race([answered, done]);
      await answered;
    },
    async stop() {
      if (worker.connected) worker.send('stop');
      await done;
      if (worker.connected) worker.disconnect();
      return new LoadReport(records);
    },
  };
  await load.more(settings.clients);
  return load;
}
