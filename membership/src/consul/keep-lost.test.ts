import { strict as assert } from 'node:assert';
import type { Intent } from '../drain-board.js';
import { keepLost } from './keep-lost.js';
import type { Snapshot } from './watch-prefix.js';

type Step = readonly [values: Record<string, Intent>, afterFault?: 'after a fault'];

/** Plays `steps`; gives what was shown after each of them, and what was written back. */
async function play(steps: readonly Step[], restore = async (_id: string) => {}) {
  const restored: string[] = [];
  let repeats = 0;
  const repeat = () => {
    repeats += 1;
  };
  async function* answers(): AsyncGenerator<Snapshot<Intent>> {
    for (const [values, fault] of steps) yield { values: new Map(Object.entries(values)), afterFault: !!fault, repeat };
  }
  const shown: Record<string, Intent>[] = [];
  const write = (id: string, intent: Intent) => {
    restored.push(`${id} ${intent}`);
    return restore(id);
  };
  const kept = keepLost(answers(), (intent) => intent === 'drain', write);
  for await (const intents of kept) shown.push(Object.fromEntries(intents));
  return { shown, restored, repeats };
}

describe('keepLost', () => {
  it('lets go of a drain that is missing from an answer without a fault before it', async () => {
    const { shown, restored } = await play([[{ a: 'drain' }], [{}]]);
    assert.deepEqual([shown, restored], [[{ a: 'drain' }, {}], []]);
  });

  it('keeps a drain that is missing after a fault, and writes it back once', async () => {
    const { shown, restored } = await play([
      [{ a: 'drain', b: 'drain' }],
      [{ b: 'drain' }, 'after a fault'],
      [{ a: 'drain', b: 'drain' }],
    ]);
    assert.deepEqual(shown, Array(3).fill({ a: 'drain', b: 'drain' }));
    assert.deepEqual(restored, ['a drain']);
  });

  it('lets go of a drain that an operator lifts after it was written back', async () => {
    const { shown } = await play([[{ a: 'drain' }], [{}, 'after a fault'], [{ a: 'drain' }], [{}]]);
    assert.deepEqual(shown.at(-1), {});
  });

  it('keeps trying to write back what Consul refused, and shows it meanwhile', async () => {
    const refused = async () => {
      throw new Error('no leader');
    };
    const steps: Step[] = [[{ a: 'drain' }], [{}, 'after a fault'], [{}], [{ b: 'drain' }]];
    const { shown, restored, repeats } = await play(steps, refused);
    assert.deepEqual(shown.at(-1), { a: 'drain', b: 'drain' });
    assert.deepEqual(restored, ['a drain', 'a drain', 'a drain']);
    assert.equal(repeats, 3, 'each asks for another answer: nothing else may ever change');
  });

  it('takes a newer intent for the member, and writes no leave back', async () => {
    const { shown, restored } = await play([
      [{ a: 'drain', b: 'leave' }],
      [{ a: 'leave' }, 'after a fault'],
      [{}, 'after a fault'],
    ]);
    assert.deepEqual([shown.at(1), shown.at(2), restored], [{ a: 'leave' }, {}, []]);
  });
});
