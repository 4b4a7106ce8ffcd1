import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CONNECTIONS, type LoadGenerator, type LoadResult } from './load.js';

/** wrk (https://github.com/wg/wrk) with one thread, or null when it is not on PATH. */
export async function findWrk(): Promise<LoadGenerator | null> {
  const version = await wrkVersion();
  if (version === null) return null;
  return {
    title: `wrk ${version}, 1 thread, ${CONNECTIONS} kept-alive connections`,
    async run(url, seconds) {
      const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', url];
      const running = promisify(execFile)('wrk', args, { timeout: (seconds + 10) * 1_000 });
      const stop = () => running.child.kill();
      // A bench that is stopped in the middle must not leave load behind.
      process.once('exit', stop);
      try {
        return parseWrk((await running).stdout);
      } finally {
        process.off('exit', stop);
      }
    },
  };
}

/** Exported for its test. */
export function parseWrk(output: string): LoadResult {
  const failed = /^\s*(Non-2xx or 3xx responses|Socket errors):.*$/m.exec(output);
  if (failed) throw new Error(`requests failed under load: ${failed[0].trim()}`);
  const rate = /^Requests\/sec:\s+([\d.]+)$/m.exec(output)?.[1];
  const requests = /^\s+(\d+) requests in /m.exec(output)?.[1];
  const [, p99, unit = ''] = /^\s+99%\s+([\d.]+)(us|ms|s)$/m.exec(output) ?? [];
  const factor = { us: 0.001, ms: 1, s: 1_000 }[unit];
  if (requests === undefined || rate === undefined || p99 === undefined || factor === undefined) {
    throw new Error(`wrk printed what is not understood:\n${output}`);
  }
  return { requests: Number(requests), requestsPerSecond: Number(rate), p99Ms: Number(p99) * factor };
}

/** `wrk -v` prints its version and exits with 1. */
function wrkVersion(): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('wrk', ['-v'], (_error, stdout, stderr) => {
      resolve(/^wrk (?:debian\/)?([\d.]+)/m.exec(stdout + stderr)?.[1] ?? null);
    });
  });
}
