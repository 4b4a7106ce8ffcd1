import { strict as assert } from 'node:assert';
import { MusterError } from '../errors.js';
import { type BlockingQueryOptions, blockingQuery, type QueryAnswer } from './blocking-query.js';

type Step = bigint | Error;

/** Plays `steps` to the loop, then aborts; gives what the loop asked, yielded and reported. */
async function play(
  steps: readonly Step[],
  { repeats = 0, ...options }: Partial<BlockingQueryOptions<string>> & { readonly repeats?: number } = {},
) {
  const controller = new AbortController();
  const asked: bigint[] = [];
  const yielded: bigint[] = [];
  const doubtful: bigint[] = [];
  const reports: string[] = [];
  const left = [...steps];
  const fetch = async (index: bigint, waitMs: number): Promise<QueryAnswer<string>> => {
    const step = left.shift();
    if (step === undefined) {
      controller.abort();
      throw new Error('aborted');
    }
    asked.push(index);
    assert(waitMs > 0 && waitMs <= 300_000, `wait of ${waitMs} ms`);
    if (step instanceof Error) throw step;
    return { index: step, value: 'value' };
  };
  const answers = blockingQuery({
    fetch,
    signal: controller.signal,
    minGapMs: 0,
    retryMs: [1, 1],
    onFault: (error) => reports.push(`fault ${error.message}`),
    onRecovered: () => reports.push('recovered'),
    ...options,
  });
  for await (const { index, afterFault, repeat } of answers) {
    yielded.push(index);
    if (yielded.length <= repeats) repeat();
    if (afterFault) doubtful.push(index);
  }
  return { asked, yielded, doubtful, reports };
}

describe('blocking query', () => {
  it('asks with index 0 first and then with the index of the last answer', async () => {
    const { asked, yielded } = await play([7n, 9n, 12n]);
    assert.deepEqual(asked, [0n, 7n, 9n]);
    assert.deepEqual(yielded, [7n, 9n, 12n]);
  });

  it('yields nothing for a return without a change of the index', async () => {
    const { asked, yielded } = await play([7n, 7n, 7n, 8n]);
    assert.deepEqual(asked, [0n, 7n, 7n, 7n]);
    assert.deepEqual(yielded, [7n, 8n]);
  });

  it('yields the next answer also without a change when its reader asks for that, once', async () => {
    const { asked, yielded } = await play([7n, 7n, 7n, 7n, 8n], { repeats: 2 });
    assert.deepEqual(asked, [0n, 7n, 7n, 7n, 7n]);
    assert.deepEqual(yielded, [7n, 7n, 7n, 8n]);
  });

  it('asks again with 0 after a lower index, and yields that answer', async () => {
    const { asked, yielded } = await play([50n, 7n, 8n, 9n]);
    assert.deepEqual(asked, [0n, 50n, 0n, 8n]);
    assert.deepEqual(yielded, [50n, 8n, 9n]);
  });

  it('compares indexes as numbers of any size', async () => {
    const { yielded } = await play([9n, 10n, 18446744073709551615n]);
    assert.deepEqual(yielded, [9n, 10n, 18446744073709551615n]);
  });

  it('takes an index of 0 for a fault: asking with it would never block', async () => {
    const { yielded, reports } = await play([0n, 5n]);
    assert.deepEqual(yielded, [5n]);
    assert.match(reports[0] ?? '', /must be above 0/);
  });

  it('reports a fault once however often it repeats, and the recovery once', async () => {
    const fault = new MusterError('consul-unreachable', 'down', { retryable: true });
    const { reports } = await play([5n, fault, fault, fault, 5n, 6n, fault, 7n]);
    assert.deepEqual(reports, ['fault down', 'recovered', 'fault down', 'recovered']);
  });

  it('asks with 0 after a fault and yields the answer even when nothing changed', async () => {
    const { asked, yielded } = await play([5n, new Error('cut'), 5n, 6n]);
    assert.deepEqual(asked, [0n, 5n, 0n, 5n]);
    assert.deepEqual(yielded, [5n, 5n, 6n]);
  });

  it('says of an answer that it follows a fault or that its index went back, and not of the next one', async () => {
    const { doubtful } = await play([50n, 51n, new Error('cut'), 52n, 53n, 7n, 7n, 8n]);
    assert.deepEqual(doubtful, [52n, 7n]);
  });

  it('does not report that it was aborted as a fault', async () => {
    assert.deepEqual((await play([5n])).reports, []);
  });

  it('ends without asking when it was aborted before', async () => {
    const { asked } = await play([5n], { signal: AbortSignal.abort() });
    assert.deepEqual(asked, []);
  });

  it('delays neither of the first two queries, and keeps the gap after them', async () => {
    const controller = new AbortController();
    let asked = 0n;
    const fetch = async () => {
      asked += 1n;
      return { index: asked, value: null };
    };
    const answers = blockingQuery({ fetch, signal: controller.signal, minGapMs: 60_000 });
    await answers.next();
    await answers.next();
    const third = answers.next();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(asked, 2n);
    controller.abort();
    assert.equal((await third).done, true);
    assert.equal(asked, 2n);
  });
});
