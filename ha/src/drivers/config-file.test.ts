import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PATIENCE_MS } from '../../../test/support/eventually.js';
import { configFile } from './config-file.js';
import { haproxyCheck } from './haproxy/check.js';

describe('config file', () => {
  let dir: string;
  let path: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'muster-config-'));
    path = join(dir, 'haproxy.cfg');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** A stand-in for `haproxy -c` that prints what a real one did; `$3` is the checked file. */
  function checker(lines: string, code: number): string {
    const binary = join(dir, 'check');
    writeFileSync(binary, `#!/bin/sh\ncat >&2 <<END\n${lines}\nEND\nexit ${code}\n`, { mode: 0o755 });
    return binary;
  }

  it('is null before it was written', async () => {
    assert.equal(await configFile(path, haproxyCheck('x')).read(), null);
  });

  it('is replaced whole, for its owner only, and leaves nothing beside it', async () => {
    const file = configFile(path, haproxyCheck('x'));
    file.write('a'.repeat(100_000));
    file.write('second');
    assert.equal(await file.read(), 'second');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(dir), ['haproxy.cfg']);
  });

  it('is kept: written when it is another, and else left alone', async () => {
    const file = configFile(path, haproxyCheck('x'));
    await file.keep('wanted');
    const { ino } = statSync(path);
    await file.keep('wanted');
    assert.equal(statSync(path).ino, ino);
    writeFileSync(path, 'edited by somebody');
    await file.keep('wanted');
    assert.equal(await file.read(), 'wanted');
  });

  it('says what could not be written, and cleans up', () => {
    assert.throws(() => configFile(join(dir, 'nowhere', 'haproxy.cfg'), haproxyCheck('x')).write('text'), {
      code: 'config-unwritable',
      retryable: true,
    });
    mkdirSync(path);
    assert.throws(() => configFile(path, haproxyCheck('x')).write('text'), {
      code: 'config-unwritable',
      retryable: true,
    });
    assert.deepEqual(readdirSync(dir), ['haproxy.cfg']);
  });

  it('is not touched by a check, which cleans up after itself', async () => {
    const file = configFile(path, haproxyCheck(checker('', 0)));
    file.write('running');
    await file.check('candidate', AbortSignal.timeout(PATIENCE_MS));
    assert.equal(await file.read(), 'running');
    assert.deepEqual(readdirSync(dir).sort(), ['check', 'haproxy.cfg']);
  });

  it('is refused with the lines that HAProxy names, without paths and pids', async () => {
    const output = [
      `[NOTICE]   (30459) : haproxy version is 3.0.11-1+deb13u3`,
      '[NOTICE]   (30459) : path to executable is /usr/sbin/haproxy',
      `[ALERT]    (30459) : config : parsing [$3:12] : unknown keyword 'nonsense' in 'global' section`,
      '[ALERT]    (30459) : config : Error(s) found in configuration file : $3',
      '[ALERT]    (30459) : config : Fatal errors found in configuration.',
    ].join('\n');
    const file = configFile(path, haproxyCheck(checker(output, 1)));
    await assert.rejects(
      file.check('candidate', AbortSignal.timeout(PATIENCE_MS)),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'config-refused');
        assert.match(error.message, /line 12: unknown keyword 'nonsense' in 'global' section/);
        assert.equal(error.message.includes(dir), false);
        return true;
      },
    );
    assert.deepEqual(readdirSync(dir), ['check']);
  });

  it('cannot be checked without HAProxy', async () => {
    await assert.rejects(
      configFile(path, haproxyCheck(join(dir, 'nothing'))).check('x', AbortSignal.timeout(PATIENCE_MS)),
      {
        code: 'config-refused',
      },
    );
  });
});
