import { strict as assert } from 'node:assert';
import { hostname } from 'node:os';
import { errorMessage } from '@muster/membership';
import { readHaConfig } from './config.js';

const BASE = { REGISTRY_DIR: '/registry', RUN_DIR: '/run/muster' };

const read = (env: Readonly<Record<string, string>> = {}) => readHaConfig({ ...BASE, ...env });

/** The faults of a configuration, one a line. */
function faults(env: Readonly<Record<string, string | undefined>>): string[] {
  try {
    readHaConfig({ ...BASE, ...env });
  } catch (error) {
    const [, ...lines] = errorMessage(error).split('\n');
    return lines.map((line) => line.trim());
  }
  return [];
}

const services = (text: string) => read({ SERVICES: text }).services;

describe('watcher config', () => {
  it('has a default for everything but the directories', () => {
    const config = read();
    assert.deepEqual(config.services, [{ name: 'webapp', prefix: null }]);
    assert.deepEqual([config.binds, config.statsBind], [['127.0.0.1:8080'], '127.0.0.1:8404']);
    assert.deepEqual(config.apiBind, { address: '127.0.0.1', port: 7380 });
    assert.deepEqual([config.balancerId, config.haproxyBin], [hostname(), 'haproxy']);
    assert.deepEqual([config.stateDir, config.settingsFile, config.settingsPollMs], ['/run/muster/state', null, null]);
    assert.deepEqual([config.stickyKey, config.shrinkShare, config.apiHosts], [null, 0.5, []]);
    assert.deepEqual([config.trustedProxies, config.localAddress], [[], null]);
    assert.match(config.templateDir, /templates$/);
  });

  it('cannot be changed afterwards', () => {
    assert.ok(Object.isFrozen(read()));
  });

  it('takes an empty variable for one that is not set', () => {
    const names = [
      'SERVICES',
      'BIND',
      'API_BIND',
      'STATE_DIR',
      'SETTINGS_FILE',
      'STICKY_KEY',
      'SHRINK_LIMIT',
      'BALANCER_ID',
      'TRUSTED_PROXIES',
      'LOCAL_ADDRESS',
    ];
    assert.deepEqual(read(Object.fromEntries(names.map((name) => [name, '']))), read());
  });

  it('tells every fault in one error', () => {
    const wrong = {
      REGISTRY_DIR: undefined,
      RUN_DIR: undefined,
      SERVICES: 'Web',
      BIND: 'localhost',
      STATS_BIND: '8404',
      API_BIND: ':99999',
      BALANCER: 'traefik',
      BALANCER_ID: 'a b',
      SHRINK_LIMIT: '50%',
      STICKY_GRACE_MS: '-1',
      LOG_LEVEL: 'loud',
      MEMBER_CIDRS: '10.0.0.0',
      TRUSTED_PROXIES: '10.0.0.0',
      LOCAL_ADDRESS: 'localhost',
    };
    const told = faults(wrong);
    assert.deepEqual(told.map((line) => line.split(':')[0]).sort(), Object.keys(wrong).sort());
    assert.throws(() => readHaConfig({ ...BASE, ...wrong }), { code: 'config-invalid', message: /14 fault/ });
  });

  it('reads several services, by blanks or commas, with the default one first', () => {
    const expected = [
      { name: 'webapp', prefix: null },
      { name: 'api', prefix: '/api' },
    ];
    for (const text of ['webapp api=/api', ' api=/api,webapp ', 'api=/api  webapp']) {
      assert.deepEqual(services(text), expected, text);
    }
  });

  it('asks the longer of two prefixes first', () => {
    const names = services('web api=/api next=/api/v2 deep=/api/v2/x').map(({ name }) => name);
    assert.deepEqual(names, ['web', 'deep', 'next', 'api']);
  });

  it('serves one service below a prefix only', () => {
    assert.deepEqual(services('api=/api/v1'), [{ name: 'api', prefix: '/api/v1' }]);
  });

  it('refuses services that cannot be told apart', () => {
    for (const text of ['web api', 'web=/x api=/x', 'web web=/x', ' ']) {
      assert.equal(faults({ SERVICES: text }).length > 0, true, text);
    }
  });

  it('refuses names and prefixes that cannot stand in a config', () => {
    const wrong = ['we_b', 'muster-balancer', 'api=', 'api=api', 'api=/', 'api=/a/', 'api=/a//b', 'api=/a{', '=/a'];
    for (const text of wrong) assert.ok(faults({ SERVICES: text }).length > 0, text);
    assert.match(faults({ SERVICES: 'web muster-balancer=/x' })[0] ?? '', /"muster-balancer" is not a service name/);
  });

  it('refuses a service with more than one prefix', () => {
    assert.ok(faults({ SERVICES: 'web api=/v1=/v2' }).length > 0);
  });

  it('takes several addresses, also of version 6', () => {
    assert.deepEqual(read({ BIND: ':80, [::]:81,192.0.2.1:82' }).binds, [':80', '[::]:81', '192.0.2.1:82']);
    assert.deepEqual(read({ API_BIND: '[::1]:7000' }).apiBind, { address: '::1', port: 7000 });
    assert.deepEqual(faults({ BIND: ':80,:http' }), ['BIND: must be addresses such as :80 or 127.0.0.1:8080']);
    assert.ok(faults({ BIND: ',' }).length > 0);
  });

  it('takes ranges of either version as trusted proxies, and nothing else', () => {
    const ranges = ['10.0.0.0/8', '192.0.2.1/32', '0.0.0.0/0', 'fd00::/8', '::1/128'];
    assert.deepEqual(read({ TRUSTED_PROXIES: ranges.join(' , ') }).trustedProxies, ranges);
    const wrong = [
      '10.0.0.1',
      '10.0.0.0/33',
      'fd00::/129',
      '10.0.0.0/08',
      '10/8',
      'fe80::1%lo/64',
      'elb',
      '10.0.0.0/8 1',
    ];
    for (const text of wrong) {
      const told = [`TRUSTED_PROXIES: "${text}" is not a range like 10.0.0.0/8`];
      assert.deepEqual(faults({ TRUSTED_PROXIES: `10.0.0.0/8,${text}` }), told);
    }
  });

  it('refuses IPv4 in the form of IPv6 as trusted proxies, which not every balancer finds again', () => {
    for (const text of ['::ffff:127.0.0.0/104', '::FFFF:7f00:1/128', '0:0:0:0:0:ffff:0a00:0/96']) {
      const told = [`TRUSTED_PROXIES: "${text}" is IPv4 as IPv6: write it as IPv4, like 10.0.0.0/8`];
      assert.deepEqual(faults({ TRUSTED_PROXIES: text }), told);
    }
    const others = ['::fffe:0:0/96', '64:ff9b::/96', '::/0'];
    assert.deepEqual(read({ TRUSTED_PROXIES: others.join() }).trustedProxies, others);
  });

  it('takes the address of local members in the form that members have', () => {
    const address = (text: string) => read({ LOCAL_ADDRESS: text }).localAddress;
    assert.deepEqual(['10.0.1.7', '127.0.0.2', 'FD00:0::0:1', '::1'].map(address), [
      '10.0.1.7',
      '127.0.0.2',
      'fd00::1',
      '::1',
    ]);
    for (const text of ['web-1', '10.0.1.7:80', '169.254.169.254', '0.0.0.0', '10.0.1.0/24'])
      assert.match(faults({ LOCAL_ADDRESS: text })[0] ?? '', /^LOCAL_ADDRESS: must be the IP address of members/, text);
  });

  it('takes a share from 0 to 1 as the shrink limit', () => {
    assert.deepEqual(
      ['0', '0.25', '1', '1.0'].map((text) => read({ SHRINK_LIMIT: text }).shrinkShare),
      [0, 0.25, 1, 1],
    );
    for (const text of ['1.1', '-0.1', '.5', 'half']) assert.ok(faults({ SHRINK_LIMIT: text }).length > 0, text);
  });

  it('refuses a run directory whose sockets would have too long a path', () => {
    assert.deepEqual(faults({ RUN_DIR: `/${'x'.repeat(84)}` }), []);
    assert.match(faults({ RUN_DIR: `/${'x'.repeat(85)}` })[0] ?? '', /RUN_DIR: is too long/);
  });

  it('polls settings only when it was asked to', () => {
    assert.deepEqual(
      [read({ SETTINGS_POLL_MS: '0' }).settingsPollMs, read({ SETTINGS_POLL_MS: '250' }).settingsPollMs],
      [null, 250],
    );
  });
});
