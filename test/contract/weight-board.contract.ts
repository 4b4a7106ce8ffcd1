import { strict as assert } from 'node:assert';
import { getEventListeners } from 'node:events';
import { eventually } from '../support/eventually.js';
import { newService, type RegistrySetup, withRegistry } from './harness.js';

/** What every `WeightBoard` promises. */
export function weightBoardContract(name: string, setup: RegistrySetup): void {
  describe(`weight board contract: ${name}`, () => {
    const signal = new AbortController().signal;
    const { registry, service, watching } = withRegistry(setup);
    const watch = (of = service()) => watching((stop) => registry().weights().watchWeights(of, stop));

    it('shows a weight that is set, changed and reset, 0 being one too', async () => {
      const weights = registry().weights();
      const follower = watch();
      await follower.until(holds({}));
      await weights.setWeight(service(), 'a', 4, signal);
      await follower.until(holds({ a: 4 }));
      await weights.setWeight(service(), 'b', 0, signal);
      await weights.setWeight(service(), 'a', 256, signal);
      await follower.until(holds({ a: 256, b: 0 }));
      await weights.setWeight(service(), 'a', null, signal);
      await follower.until(holds({ b: 0 }));
    });

    it('remembers a weight for the next watcher, and shows it first', async () => {
      await registry().weights().setWeight(service(), 'a', 7, signal);
      const follower = watch();
      await follower.until(holds({ a: 7 }));
      assert.equal(follower.all.length, 1);
    });

    it('resets a weight that is not there without a fault', async () => {
      await registry().weights().setWeight(service(), 'nobody', null, signal);
    });

    it('keeps apart two services, and members whose ids begin alike', async () => {
      await registry().weights().setWeight(service(), 'web-10', 7, signal);
      await watch(newService()).until(holds({}));
      await registry().weights().setWeight(service(), 'web-1', 3, signal);
      await registry().weights().setWeight(service(), 'web-1', null, signal);
      await watch().until(holds({ 'web-10': 7 }));
    });

    it('skips entries that hold no weight', async () => {
      for (const [id, text] of [...JUNK, ['good', '9']] as const) await registry().putRawWeight(service(), id, text);
      await watch().until(holds({ good: 9 }));
    });

    it('keeps what it showed over an outage, and goes on after it', async () => {
      await registry().weights().setWeight(service(), 'a', 4, signal);
      const follower = watch();
      await follower.until(holds({ a: 4 }));
      const bringBack = await registry().outage();
      await bringBack();
      await eventually(() => registry().weights().setWeight(service(), 'b', 6, signal));
      await eventually(() => holds({ a: 4, b: 6 })(follower.newest()));
      assert.deepEqual(
        follower.all.map((one) => one.get('a')),
        follower.all.map(() => 4),
      );
    });

    it('ends promptly when the signal aborts, and leaves no listener on it', async () => {
      const controller = new AbortController();
      const iterator = registry().weights().watchWeights(service(), controller.signal)[Symbol.asyncIterator]();
      await iterator.next();
      const waiting = iterator.next();
      controller.abort();
      assert.equal((await waiting).done, true);
      await eventually(() => assert.deepEqual(getEventListeners(controller.signal, 'abort'), []));
    });

    it('refuses what is no weight, and names that would reach outside their own entry', async () => {
      const weights = registry().weights();
      for (const wrong of [-1, 257, 1.5, Number.NaN]) {
        await assert.rejects(weights.setWeight(service(), 'a', wrong, signal), { code: 'weight-invalid' });
      }
      for (const [of, id] of [
        [service(), '../evil'],
        ['../..', 'a'],
      ] as const) {
        await assert.rejects(weights.setWeight(of, id, 1, signal), { code: 'name-invalid', retryable: false });
        await assert.rejects(weights.setWeight(of, id, null, signal), { code: 'name-invalid', retryable: false });
      }
    });
  });
}

/** By id: what another tool may have written. */
const JUNK = [
  ['high', '257'],
  ['low', '-1'],
  ['half', '1.5'],
  ['word', '"many"'],
  ['empty', ''],
] as const;

function holds(expected: Record<string, number>): (weights: ReadonlyMap<string, number>) => void {
  return (weights) => assert.deepEqual(Object.fromEntries([...weights].sort()), expected);
}
