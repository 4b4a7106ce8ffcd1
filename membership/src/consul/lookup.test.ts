import { strict as assert } from 'node:assert';
import type { LookupAddress } from 'node:dns';
import { patientLookup } from './lookup.js';

const FOUR = { address: '10.0.0.4', family: 4 };
const SIX = { address: 'fd00::6', family: 6 };

type Look = ReturnType<typeof patientLookup>;

/** All addresses of a name as `net.connect` asks for them; rejects with what the callback is given. */
function ask(look: Look, name: string, family = 0): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    look(name, { all: true, family }, (error, found) => {
      if (error) reject(error);
      else resolve(found as LookupAddress[]);
    });
  });
}

describe('looking Consul up', () => {
  it('gives all addresses, or one, or those of a family, as it was asked', async () => {
    const look = patientLookup(async () => [SIX, FOUR]);
    assert.deepEqual(await ask(look, 'consul'), [SIX, FOUR]);
    assert.deepEqual(await ask(look, 'consul', 4), [FOUR]);
    const one = await new Promise((resolve) =>
      look('consul', {}, (error, address, family) => resolve([error, address, family])),
    );
    assert.deepEqual(one, [null, 'fd00::6', 6]);
    await assert.rejects(
      ask(
        patientLookup(async () => [FOUR]),
        'consul',
        6,
      ),
      { code: 'ENOTFOUND' },
    );
  });

  it('asks the system once for all who ask meanwhile, and again later', async () => {
    let asked = 0;
    let answer = (_: readonly LookupAddress[]) => {};
    const look = patientLookup(() => {
      asked += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const both = Promise.all([ask(look, 'consul'), ask(look, 'consul')]);
    assert.equal(asked, 1);
    answer([FOUR]);
    assert.deepEqual(await both, [[FOUR], [FOUR]]);
    void ask(look, 'consul');
    assert.equal(asked, 2);
    answer([FOUR]);
  });

  it('gives the answer before while the DNS is silent, and asks nothing more of it meanwhile', async () => {
    let asked = 0;
    const look = patientLookup(() => {
      asked += 1;
      return asked === 1 ? Promise.resolve([FOUR]) : new Promise(() => {});
    }, 10);
    await ask(look, 'consul');
    assert.deepEqual(await ask(look, 'consul'), [FOUR]);
    assert.deepEqual(await ask(look, 'consul'), [FOUR]);
    assert.equal(asked, 2);
  });

  it('believes an answer that there is no such name', async () => {
    const answers = [Promise.resolve([FOUR]), Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))];
    const look = patientLookup(() => answers.shift() ?? assert.fail());
    await ask(look, 'consul');
    await assert.rejects(ask(look, 'consul'), { code: 'ENOTFOUND' });
  });

  it('fails in time when the DNS has never answered', async () => {
    await assert.rejects(
      ask(
        patientLookup(() => new Promise(() => {}), 10),
        'consul',
      ),
      { code: 'timed-out' },
    );
  });
});
