import { strict as assert } from 'node:assert';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from './connection.js';
import { clusterRoot, ensureClusterRoot, listRunDirs } from './run-dir.js';

describe('the run directory', () => {
  let base = '';
  const env = () => ({ XDG_RUNTIME_DIR: base });

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'muster-run-'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it('is in XDG_RUNTIME_DIR and for this user alone', () => {
    const root = ensureClusterRoot(env());
    assert.ok(root.startsWith(`${base}/muster-`));
    assert.equal(statSync(root).mode & 0o777, 0o700);
  });

  it('is somewhere else when XDG_RUNTIME_DIR is too deep for a socket path', () => {
    const deep = join(base, 'x'.repeat(80));
    mkdirSync(deep);
    assert.ok(!clusterRoot({ XDG_RUNTIME_DIR: deep }).startsWith(base));
  });

  it('is refused when it is a link or open to others', () => {
    const root = ensureClusterRoot(env());
    chmodSync(root, 0o755);
    assert.throws(() => ensureClusterRoot(env()), { code: 'run-dir-unsafe', message: /other users can enter it/ });
    rmSync(root, { recursive: true });
    symlinkSync(tmpdir(), root);
    assert.throws(() => ensureClusterRoot(env()), { code: 'run-dir-unsafe', message: /symbolic link/ });
    assert.deepEqual(
      listRunDirs(env()).filter(({ dir }) => dir.path.startsWith(base)),
      [],
    );
  });
});

describe('the address of the API', () => {
  it('is taken from --api, then MUSTER_API, then the default', () => {
    assert.equal(connect('localhost:1', { MUSTER_API: 'http://h:2' }).url, 'http://localhost:1');
    assert.equal(connect(undefined, { MUSTER_API: 'https://h:2/' }).url, 'https://h:2');
    assert.equal(connect(undefined, {}).url, 'http://127.0.0.1:7380');
    assert.throws(() => connect('http://:x', {}), { code: 'api-url-invalid' });
  });
});
