import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, parseConfig } from './config.js';

describe('the settings of the webapp', () => {
  it('have defaults that serve in development', () => {
    const config = parseConfig({ MEMBER_ID: 'web-1' });
    assert.equal(config.port, 3000);
    assert.equal(config.host, '0.0.0.0');
    assert.equal(config.stopTimeoutMs, 9000);
    assert.equal(config.sessionSecret, undefined);
    assert.deepEqual(config.adminAccess, { kind: 'open' });
  });

  it('report all faults together and never repeat a secret', () => {
    const env = {
      PORT: '70000',
      MEMBER_ID: 'a b',
      SESSION_SECRET: 'hunter2',
      NOTIFY_FD: '1',
    };
    assert.throws(
      () => parseConfig(env),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        const named = error.faults.map((fault) => fault.split(' ')[0]).sort();
        assert.deepEqual(named, ['MEMBER_ID', 'NOTIFY_FD', 'PORT', 'SESSION_SECRET']);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  });

  it('treat an empty value as not set', () => {
    assert.equal(parseConfig({ PORT: '', SESSION_SECRET: '', MEMBER_ID: 'web-1' }).port, 3000);
  });

  it('read the session secret from a file without its line end', () => {
    const directory = mkdtempSync(join(tmpdir(), 'webapp-'));
    try {
      const file = join(directory, 'secret');
      writeFileSync(file, 'a secret of the whole cluster\n');
      assert.equal(parseConfig({ SESSION_SECRET_FILE: file }).sessionSecret, 'a secret of the whole cluster');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('need no file with a session secret where the variable has one, and say so of one that is missing', () => {
    const SESSION_SECRET_FILE = '/nowhere';
    const SESSION_SECRET = 'a secret of the whole cluster';
    assert.equal(parseConfig({ SESSION_SECRET, SESSION_SECRET_FILE }).sessionSecret, SESSION_SECRET);
    assert.throws(() => parseConfig({ SESSION_SECRET_FILE }), /SESSION_SECRET_FILE/);
  });

  it('refuse changes outside development unless a token is set', () => {
    assert.deepEqual(parseConfig({ NODE_ENV: 'production' }).adminAccess, { kind: 'refused' });
    const token = 'a token that is long';
    assert.deepEqual(parseConfig({ NODE_ENV: 'production', ADMIN_TOKEN: token }).adminAccess, { kind: 'token', token });
  });
});
