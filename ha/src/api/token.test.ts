import { strict as assert } from 'node:assert';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@muster/membership';
import { loadToken } from './token.js';

describe('loadToken', () => {
  const logger = createLogger('test', 'silent');
  let dir: string;
  let path: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'muster-token-'));
    path = join(dir, 'token');
  });
  afterEach(() => rm(dir, { recursive: true }));
  const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

  it('makes 32 random bytes in hex, mode 600, and leaves no other file', async () => {
    const token = await loadToken(dir, logger);
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.equal(await readFile(path, 'utf8'), `${token}\n`);
    assert.equal(await modeOf(path), '600');
    assert.deepEqual(await readdir(dir), ['token']);
  });

  it('makes the run directory for its owner alone', async () => {
    await loadToken(join(dir, 'run'), logger);
    assert.equal(await modeOf(join(dir, 'run')), '700');
  });

  it('uses a valid token again', async () => {
    const token = await loadToken(dir, logger);
    assert.equal(await loadToken(dir, logger), token);
  });

  it('takes the token away from the eyes of others', async () => {
    const token = await loadToken(dir, logger);
    await chmod(path, 0o644);
    assert.equal(await loadToken(dir, logger), token);
    assert.equal(await modeOf(path), '600');
  });

  it('replaces what is not a token', async () => {
    for (const content of ['', 'secret', 'x'.repeat(64), 'A'.repeat(64), 'a'.repeat(10_000)]) {
      await writeFile(path, content);
      const token = await loadToken(dir, logger);
      assert.match(token, /^[0-9a-f]{64}$/);
      assert.notEqual(token, content);
      assert.equal(await modeOf(path), '600');
    }
  });

  it('neither reads nor writes through a link', async () => {
    const target = join(dir, 'elsewhere');
    await writeFile(target, 'a'.repeat(64));
    await symlink(target, path);
    assert.notEqual(await loadToken(dir, logger), 'a'.repeat(64));
    assert.equal(await readFile(target, 'utf8'), 'a'.repeat(64));
  });

  it('says what to do when the directory cannot be used', async () => {
    const file = join(dir, 'file');
    await writeFile(file, '');
    await assert.rejects(loadToken(file, logger), { code: 'token-failed', message: /check the owner of RUN_DIR/ });
  });
});
