import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBalancer } from './balancer.js';

describe('the choice of a balancer', () => {
  let folder = '';
  const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ PATH: folder, ...more });
  const platform = process.platform;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-programs-'));
    for (const name of ['haproxy', 'nginx', 'other']) writeFileSync(join(folder, name), '', { mode: 0o755 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => Object.defineProperty(process, 'platform', { value: platform }));

  it('is HAProxy, else what BALANCER names, else what the option names', function () {
    if (platform !== 'linux') this.skip();
    const chosen = (option: string | undefined, balancer: string) => findBalancer(option, env({ BALANCER: balancer }));
    assert.deepEqual(
      [chosen(undefined, '').name, chosen(undefined, 'nginx').name, chosen('haproxy', 'nginx').name],
      ['haproxy', 'nginx', 'haproxy'],
    );
    assert.equal(chosen('nginx', '').path, join(folder, 'nginx'));
    assert.equal(findBalancer('nginx', env({ NGINX_BIN: join(folder, 'other') })).path, join(folder, 'other'));
  });

  it('says which names there are', () => {
    assert.throws(() => findBalancer(undefined, env({ BALANCER: 'apache' })), {
      code: 'balancer-unknown',
      message: /"apache" is no balancer that Muster knows\. Give --balancer, or BALANCER, as haproxy or nginx/,
    });
  });

  it('says how to get what is missing', function () {
    if (platform !== 'linux') this.skip();
    const missing = { code: 'balancer-missing', message: /NGINX_BIN is \/no, .*sudo apt-get install nginx/ };
    assert.throws(() => findBalancer('nginx', env({ NGINX_BIN: '/no' })), missing);
  });

  it('refuses NGINX where open requests cannot be counted', () => {
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    assert.throws(() => findBalancer('nginx', env()), { code: 'balancer-unfit', message: /needs Linux.*darwin/ });
    assert.equal(findBalancer('haproxy', env()).name, 'haproxy');
  });
});
