import { strict as assert } from 'node:assert';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@muster/membership';
import { member, memberSet, SETTINGS, SOURCES } from '../fixture.test.js';
import { guard } from '../guard/guard.js';
import { type LastGood, lastGoodWriter, readLastGood } from './last-good.js';

const logger = createLogger('test', 'silent');

async function write(path: string, state: LastGood): Promise<void> {
  const writer = lastGoodWriter(path, logger);
  writer.save(state);
  await writer.settled();
}

function lastGood(...ids: readonly string[]): LastGood {
  const members = ids.map((id, at) => member(id, { port: 3000 + at, tags: { zone: 'a' } }));
  const input = {
    health: () => 'up' as const,
    released: new Set<string>(),
    drained: new Set<string>(),
    nowMs: 0,
    limits: { share: 0.5, windowMs: 1 },
  };
  const state = guard({ ...input, state: null, set: memberSet(7, ...members) });
  const kept = { guard: state, draining: ['web-1'], weights: new Map([['web-2', 4]]) };
  return { services: new Map([['webapp', kept]]), structure: { sources: SOURCES, settings: SETTINGS } };
}

describe('last good state', () => {
  let dir: string;
  let path: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'muster-state-'));
    path = join(dir, 'state', 'last-good.json');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('reads what was written: members, drains, weights, templates and settings', async () => {
    const state = lastGood('web-1', 'web-2');
    await write(path, state);
    assert.deepEqual(await readLastGood(path, logger), state);
  });

  it('reads what an older version wrote: without weights and capacities', async () => {
    const old = lastGood('web-1');
    await write(path, old);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/,"weights":\{[^}]*\}/, '').replace(',"capacity":100', ''));
    const { guard, weights } = (await readLastGood(path, logger))?.services.get('webapp') ?? assert.fail('unread');
    assert.deepEqual([weights.size, guard.verdicts.get('web-1')?.member.capacity], [0, 100]);
    assert.doesNotMatch(readFileSync(path, 'utf8'), /weights|capacity/);
  });

  it('reads what NGINX left, whose templates have other names', async () => {
    const state = lastGood('web-1');
    const sources = { 'nginx.conf.hbs': 'http {}', 'nginx-server.hbs': '{{server.endpoint}}' };
    const left = { ...state, structure: { sources, settings: SETTINGS } };
    await write(path, left);
    assert.deepEqual(await readLastGood(path, logger), left);
  });

  it('is for its owner only, and leaves no other file behind', async () => {
    await write(path, lastGood('web-1'));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(dir, 'state')), ['last-good.json']);
  });

  it('is not written again while it is the same', async () => {
    const writer = lastGoodWriter(path, logger);
    const save = async (...ids: string[]) => {
      writer.save(lastGood(...ids));
      await writer.settled();
    };
    await save('web-1');
    writeFileSync(path, 'marked');
    await save('web-1');
    assert.equal(readFileSync(path, 'utf8'), 'marked');
    await save('web-1', 'web-2');
    assert.notEqual(readFileSync(path, 'utf8'), 'marked');
  });

  it('is null while there is none', async () => {
    assert.equal(await readLastGood(path, logger), null);
  });

  for (const [what, text] of [
    ['empty', ''],
    ['torn', '{"version":1,"services":{"webapp":{"index":"7","mem'],
    ['of another version', '{"version":2,"services":{},"structure":null}'],
    [
      'with an index that is no number',
      '{"version":1,"services":{"w":{"index":"x","members":[],"draining":[]}},"structure":null}',
    ],
    [
      'with a weight that is none',
      '{"version":1,"services":{"w":{"index":"1","members":[],"draining":[],"weights":{"a":257}}},"structure":null}',
    ],
    ['another kind of file', '[]'],
  ] as const) {
    it(`is null, and no error, when the file is ${what}`, async () => {
      const broken = join(dir, 'broken.json');
      writeFileSync(broken, text);
      assert.equal(await readLastGood(broken, logger), null);
    });
  }

  it('says what could not be written, and writes again once it can', async () => {
    writeFileSync(join(dir, 'state'), 'a file where the folder should be');
    const writer = lastGoodWriter(path, logger);
    writer.save(lastGood('web-1'));
    await writer.settled();
    assert.match(writer.problem ?? '', /last-good\.json failed/);
    rmSync(join(dir, 'state'));
    writer.save(lastGood('web-1'));
    await writer.settled();
    assert.equal(writer.problem, null);
    assert.ok(await readLastGood(path, logger));
  });

  it('refuses a member that no registry could have brought, because its words reach the config', async () => {
    await write(path, lastGood('web-1'));
    const hostile = readFileSync(path, 'utf8').replaceAll('"id":"web-1"', '"id":"x 10.0.0.1:1\\nbackend evil"');
    writeFileSync(path, hostile);
    assert.equal(await readLastGood(path, logger), null);
  });
});
