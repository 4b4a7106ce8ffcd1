import { strict as assert } from 'node:assert';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually.js';
import { addressPolicy } from '../address-policy.js';
import type { MemberSet, Registration } from '../member.js';
import { fileRegistrar } from './registrar.js';
import { type FileSourceOptions, fileSource } from './source.js';

const policy = addressPolicy(['127.0.0.0/8'], []);
const signal = new AbortController().signal;

describe('fileSource', () => {
  let dir: string;
  let folder: string;
  let stop: AbortController;
  let sets: MemberSet[];
  let faults: string[];
  let running: Promise<void>;

  const member = (id: string, port: number): Registration => ({
    ...{ service: 'web', id, address: '127.0.0.1', port, weight: 1, role: 'backend', boot: 'b1', tags: {} },
  });
  const entry = (id: string, port = 80) => JSON.stringify({ id, address: '127.0.0.1', port });
  const put = (file: string, text: string) => writeFile(join(folder, file), text);
  const registrar = (ttlMs = 60_000) => fileRegistrar({ dir, ttlMs });
  const follow = (options: Partial<FileSourceOptions> = {}) => {
    const observer = {
      onFault: (_: string, error: Error) => void faults.push(`fault ${'code' in error ? error.code : ''}`),
      onRecovered: () => void faults.push('recovered'),
    };
    running = (async () => {
      for await (const set of fileSource({ dir, policy, observer, ...options }).watch('web', stop.signal))
        sets.push(set);
    })();
  };
  const newest = (): MemberSet => {
    const set = sets.at(-1);
    assert(set, 'nothing was yielded yet');
    return set;
  };
  const shows = (...ids: string[]) => eventually(() => assert.deepEqual([...newest().members.keys()], ids));
  const rejects = (id: string, reason: RegExp) =>
    eventually(() => {
      assert.deepEqual(
        newest().rejected.map((one) => one.id),
        [id],
      );
      assert.match(newest().rejected[0]?.reason ?? '', reason);
    });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'muster-file-'));
    folder = join(dir, 'members', 'web');
    await mkdir(folder, { recursive: true });
    stop = new AbortController();
    sets = [];
    faults = [];
    running = Promise.resolve();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await rm(dir, { recursive: true, force: true });
  });

  it('makes the folder of a service that nobody has joined yet', async () => {
    await rm(dir, { recursive: true });
    follow();
    await shows();
    await registrar().join(member('a', 1), signal);
    await shows('a');
    assert.deepEqual(faults, []);
  });

  const hostile: readonly [string, string, string, RegExp][] = [
    ['a torn file', 'torn.json', '{"id":"torn","addr', /is not JSON/],
    ['an empty file', 'empty.json', '', /is not JSON/],
    ['a file that is not JSON', 'text.json', 'hello', /is not JSON/],
    ['a file with a NUL', 'nul.json', '{"id":"nul\0"}', /is not JSON/],
    ['another JSON value', 'list.json', '[1,2]', /no member entry/],
    ['a foreign object', 'foreign.json', '{"name":"x"}', /no member entry/],
    ['an oversized file', 'big.json', `${entry('big')}${' '.repeat(70_000)}`, /larger than/],
    ['a wrongly named file', 'other.json', entry('mine'), /file name is not the id/],
    [
      'an entry of another service',
      'm.json',
      '{"id":"m","service":"api","address":"127.0.0.1","port":1}',
      /another service/,
    ],
    ['an unknown status', 's.json', '{"id":"s","status":"ready","address":"127.0.0.1","port":1}', /no member entry/],
    ['an id that is an object', 'o.json', '{"id":{"toString":1,"valueOf":1}}', /no member entry/],
    ['a prototype in disguise', 'p.json', '{"__proto__":{"id":"p","address":"127.0.0.1","port":1}}', /no member entry/],
  ];
  for (const [what, file, text, reason] of hostile) {
    it(`rejects ${what} and keeps the rest`, async () => {
      await registrar().join(member('good', 1), signal);
      follow();
      await shows('good');
      await put(file, text);
      await rejects(file.slice(0, -'.json'.length), reason);
      await shows('good');
      await rm(join(folder, file));
      await eventually(() => assert.deepEqual(newest().rejected, []));
    });
  }

  it('rejects a symbolic link, a folder and a file name with a newline', async () => {
    await writeFile(join(dir, 'outside'), entry('link'));
    await symlink(join(dir, 'outside'), join(folder, 'link.json'));
    await mkdir(join(folder, 'sub.json'));
    await put('new\nline.json', entry('new\nline'));
    follow();
    await eventually(() =>
      assert.deepEqual(
        newest().rejected.map((one) => one.id),
        ['link', 'new\\nline', 'sub'],
      ),
    );
    assert.equal(newest().members.size, 0);
  });

  it('takes no temporary file for a member', async () => {
    await put('a.json.1234567', entry('a'));
    await put('a.tmp', entry('a'));
    follow();
    await shows();
    assert.deepEqual(newest().rejected, []);
  });

  it('keeps a known member whose file is torn until its lease runs out', async () => {
    await registrar(400).join(member('a', 1), signal);
    follow();
    await shows('a');
    await put('a.json', '{"id":"a');
    await rejects('a', /is not JSON/);
    assert.equal(newest().members.has('a'), true);
    await eventually(() => assert.equal(newest().members.get('a')?.status, 'failed'));
  });

  it('keeps a member without a TTL for as long as its file is there', async () => {
    await put('plain.json', entry('plain', 8080));
    await registrar(100).join(member('leased', 1), signal);
    follow({ reapAfterMs: 100 });
    await shows('plain');
    assert.equal(newest().members.get('plain')?.status, 'alive');
  });

  it('removes the file of a member that has been failed for too long', async () => {
    await registrar(100).join(member('a', 1), signal);
    follow({ reapAfterMs: 100 });
    await eventually(async () => assert.deepEqual(await readdir(folder), []));
    await shows();
    assert(sets.some((set) => set.members.get('a')?.status === 'failed'));
  });

  it('reports a folder that disappears as a fault, yields nothing, and yields again when it is back', async () => {
    await registrar().join(member('a', 1), signal);
    await registrar().join(member('b', 2), signal);
    follow();
    await shows('a', 'b');
    const before = sets.length;
    await rename(folder, join(dir, 'elsewhere'));
    await eventually(() => assert.deepEqual(faults, ['fault registry-unreachable']));
    assert.equal(sets.length, before);
    await rename(join(dir, 'elsewhere'), folder);
    await eventually(() => assert.deepEqual(faults, ['fault registry-unreachable', 'recovered']));
    await shows('a', 'b');
    assert.equal(sets.length, before + 1);
  });

  it('never yields an empty set when the whole registry is deleted', async () => {
    for (let port = 1; port <= 5; port += 1) await registrar().join(member(`m${port}`, port), signal);
    follow();
    await shows('m1', 'm2', 'm3', 'm4', 'm5');
    await rename(dir, `${dir}-gone`);
    await rm(`${dir}-gone`, { recursive: true });
    await eventually(() => assert.equal(faults.length, 1));
    assert.equal(newest().members.size, 5);
  });

  it('says that the content of the registry may be lost after its folder was', async () => {
    await registrar().join(member('a', 1), signal);
    await registrar().join(member('b', 2), signal);
    follow();
    await shows('a', 'b');
    assert.equal(newest().afterFault, false);
    await rename(folder, join(dir, 'elsewhere'));
    await eventually(() => assert.equal(faults.length, 1));
    await registrar().heartbeat(member('a', 1), signal);
    await shows('a');
    assert.equal(newest().afterFault, true);
    await registrar().join(member('b', 2), signal);
    await shows('a', 'b');
    assert.equal(newest().afterFault, false);
    assert.deepEqual(faults, ['fault registry-unreachable', 'recovered']);
  });

  it('follows a folder that was replaced by another one', async () => {
    follow();
    await shows();
    await rename(folder, join(dir, 'elsewhere'));
    await mkdir(folder);
    await put('new.json', entry('new'));
    await shows('new');
  });

  it('reports a folder that cannot be made as a fault and recovers', async () => {
    await rm(join(dir, 'members'), { recursive: true });
    await writeFile(join(dir, 'members'), 'a file in the way');
    follow();
    await eventually(() => assert.deepEqual(faults, ['fault registry-unreachable']));
    assert.deepEqual(sets, []);
    await rm(join(dir, 'members'));
    await shows();
    assert.deepEqual(faults, ['fault registry-unreachable', 'recovered']);
  });

  it('ends with the newest state after a storm of changes', async () => {
    follow();
    await shows();
    const one = registrar();
    const storm = async (id: string, port: number) => {
      for (let round = 0; round < 20; round += 1) {
        await one.join(member(id, port), signal);
        await one.fail(member(id, port), 'storm', signal);
        await one.leave('web', id, signal);
      }
      await one.join(member(id, port), signal);
    };
    await Promise.all(['a', 'b', 'c', 'd'].map((id, at) => storm(id, at + 1)));
    await shows('a', 'b', 'c', 'd');
    await eventually(() =>
      assert.deepEqual(
        [...newest().members.values()].map((m) => m.status),
        Array(4).fill('alive'),
      ),
    );
  });
});
