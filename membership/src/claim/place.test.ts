import { strict as assert } from 'node:assert';
import { isRival, type Place, removeEach } from './place.js';

const PLACE: Place = { service: 'api', id: 'new', address: '10.0.0.4', port: 3000 };
const RIVAL = { ...PLACE, id: 'dead', boot: 'boot1' };

describe('a rival for a place', () => {
  it('is any other member there, of the own service or another', () => {
    assert.ok(isRival(RIVAL, PLACE));
    assert.ok(isRival({ ...RIVAL, service: 'webapp' }, PLACE));
    assert.ok(isRival({ ...RIVAL, service: 'webapp', id: 'new' }, PLACE));
  });

  it('is not the own entry, an entry of elsewhere, or one that no agent made', () => {
    for (const patch of [{ id: 'new' }, { address: '10.0.0.5' }, { port: 3001 }, { port: '3000' }, { boot: '' }])
      assert.ok(!isRival({ ...RIVAL, ...patch }, PLACE), JSON.stringify(patch));
    assert.ok(!isRival({ ...RIVAL, boot: undefined }, PLACE));
  });
});

describe('removing rivals', () => {
  const rivals = ['a', 'b', 'c'].map((id) => ({ ...RIVAL, id }));

  it('gives those that were removed', async () => {
    assert.deepEqual(await removeEach(rivals, async ({ id }) => id !== 'b'), ['api/a', 'api/c']);
  });

  it('tries all, and says which one is still there and why', async () => {
    const remove = async ({ id }: { id: string }) => {
      if (id === 'a') throw new Error('refused');
      return true;
    };
    await assert.rejects(removeEach(rivals, remove), {
      message: 'not removed: api/a (refused); removed: api/b, api/c',
    });
  });
});
