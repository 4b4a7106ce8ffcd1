import { strict as assert } from 'node:assert';
import { type SlowAnswer, slowRequests } from '../support/slow-requests.js';
import type { StepTools } from './recorder.js';

const SLOW_MS = 2_000;
const EVERY_MS = 500;

/** Requests that keep every member busy until they are ended. */
export interface SlowStream {
  /** Sends no more, waits for the answers, and says how many were good; fails if one was not. */
  end(): Promise<string>;
}

/** When it returns, each member has a request of two seconds in flight; how long the next command takes does not matter. */
export async function keepSlowRequests({ cluster, load }: StepTools): Promise<SlowStream> {
  const count = (await cluster.webapps()).length;
  const waves: Promise<readonly SlowAnswer[]>[] = [];
  const send = (): void => {
    const wave = slowRequests(cluster.url, count, SLOW_MS);
    // Without a cluster there is nobody to ask any more.
    wave.catch(() => clearInterval(timer));
    waves.push(wave);
  };
  const timer = setInterval(send, EVERY_MS);
  send();
  await load.more(20);
  return {
    async end() {
      clearInterval(timer);
      const answers = (await Promise.all(waves)).flat();
      const good = answers.filter(({ status }) => status === 200).length;
      assert.equal(good, answers.length, `slow requests answered: ${JSON.stringify(answers)}`);
      return `${good} of ${answers.length}`;
    },
  };
}
