import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CONNECTIONS, type LoadGenerator, type LoadResult } from './load.js';

/**
 * The client for machines without wrk, in a process of its own. It is slower than the balancer, so it shows a large tax
 * and hides a small one: wrk is the better judge.
 */
export function nodeLoad(): LoadGenerator {
  return {
    title: `Node client, ${CONNECTIONS} kept-alive connections (slower than the balancer: install wrk for a sharper view)`,
    run: (url, seconds) =>
      new Promise<LoadResult>((resolve, reject) => {
        const worker = fork(fileURLToPath(new URL('./node-load-worker.ts', import.meta.url)), [url, String(seconds)], {
          execArgv: ['--import', 'tsx'],
        });
        const stop = () => worker.kill('SIGKILL');
        process.once('exit', stop);
        worker.once('message', (message: LoadResult | { readonly failure: string }) => {
          if ('failure' in message) reject(new Error(`requests failed under load: ${message.failure}`));
          else resolve(message);
        });
        worker.once('error', reject);
        worker.once('exit', (code) => {
          process.off('exit', stop);
          reject(new Error(`the load generator ended with ${code}`));
        });
      }),
  };
}
