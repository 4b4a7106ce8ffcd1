import { strict as assert } from 'node:assert';
import { inspect } from 'node:util';
import { MusterError } from '../errors.js';
import { readAgentConfig } from './config.js';
import { resolveAddress } from './resolve-address.js';

const LOCAL = { REGISTRY_DIR: 'registry', MEMBER_ID: 'web-1', MEMBER_ADDRESS: '10.0.0.7' };

function faultsOf(env: Record<string, string>): string {
  try {
    readAgentConfig(env);
  } catch (thrown) {
    assert.ok(thrown instanceof MusterError);
    assert.equal(thrown.code, 'config-invalid');
    return thrown.message;
  }
  return '';
}

describe('settings of the agent', () => {
  it('has a default for everything but the registry', () => {
    const config = readAgentConfig({ ...LOCAL, WEIGHT: '' });
    const { boot, ...self } = config.self;
    assert.match(boot, /^[a-z0-9]{16}$/);
    assert.deepEqual(self, {
      service: 'webapp',
      id: 'web-1',
      address: '10.0.0.7',
      port: 3000,
      weight: 1,
      role: 'backend',
      tags: {},
    });
    assert.equal(config.probe.endpoint.path, '/readyz');
    assert.ok(config.callDeadlineMs < config.registry.ttlMs);
  });

  it('makes a new boot at each start', () => {
    assert.notEqual(readAgentConfig(LOCAL).self.boot, readAgentConfig(LOCAL).self.boot);
  });

  it('reads tags, and an empty health path as it is', () => {
    const config = readAgentConfig({ ...LOCAL, TAGS: 'zone=a, commit=1=2', HEALTH_PATH: '' });
    assert.deepEqual(config.self.tags, { zone: 'a', commit: '1=2' });
    assert.equal(config.probe.endpoint.path, '');
  });

  it('looks at what the app can take only when it is asked to', () => {
    const target = (env: Record<string, string>) => readAgentConfig({ ...LOCAL, ...env }).adaptiveTargetMs;
    assert.equal(target({ ADAPTIVE_TARGET_MS: '20' }), null);
    assert.equal(target({ ADAPTIVE_WEIGHT: 'on' }), 50);
    assert.equal(target({ ADAPTIVE_WEIGHT: 'on', ADAPTIVE_TARGET_MS: '20' }), 20);
    assert.match(faultsOf({ ...LOCAL, ADAPTIVE_WEIGHT: 'yes' }), /ADAPTIVE_WEIGHT: must be "on" or "off"/);
  });

  it('reports all faults together', () => {
    const message = faultsOf({
      ...LOCAL,
      REGISTRY: 'consul',
      PORT: '70000',
      MEMBER_ID: 'web 1',
      TAGS: 'zone',
      HEARTBEAT_MS: '3000',
      HEALTH_PATH: 'readyz',
    });
    for (const name of ['PORT', 'MEMBER_ID', 'TAGS', 'HEARTBEAT_MS', 'HEALTH_PATH', 'CONSUL_HTTP_ADDR']) {
      assert.match(message, new RegExp(`^ {2}${name}: `, 'm'));
    }
  });

  it('refuses an address that no watcher would take', () => {
    assert.match(faultsOf({ ...LOCAL, MEMBER_ADDRESS: '8.8.8.8' }), /outside MEMBER_CIDRS/);
    assert.match(faultsOf({ ...LOCAL, MEMBER_ADDRESS: '169.254.169.254' }), /linkLocal/);
  });

  it('takes a name for the address, and reports its other faults before the name is looked up', () => {
    assert.equal(readAgentConfig({ ...LOCAL, MEMBER_ADDRESS: 'members.apps' }).self.address, 'members.apps');
    assert.match(faultsOf({ ...LOCAL, MEMBER_ADDRESS: 'members.apps', ROLE: 'Web' }), /role has characters/);
    assert.match(faultsOf({ ...LOCAL, MEMBER_ADDRESS: 'members apps' }), /not an IP address/);
    assert.match(faultsOf({ ...LOCAL, MEMBER_ADDRESS: '10.0.0.256' }), /not an IP address/);
  });

  it('has the own address of a name for registry and probe, if a watcher would take it', async () => {
    const named = readAgentConfig({ ...LOCAL, MEMBER_ADDRESS: 'members.apps' });
    const at = (address: string) => ({ resolve: async () => ['10.0.0.5', address], own: () => [address] });
    const config = await resolveAddress(named, at('10.0.0.9'));
    assert.deepEqual([config.self.address, config.probe.endpoint.address], ['10.0.0.9', '10.0.0.9']);
    assert.equal(config.self.boot, named.self.boot);
    assert.ok(Object.isFrozen(config.self));
    await assert.rejects(resolveAddress(named, at('8.8.8.8')), {
      code: 'config-invalid',
      message: 'MEMBER_ADDRESS: members.apps is 8.8.8.8: address is outside MEMBER_CIDRS',
    });
  });

  it('looks up nothing for a literal address', async () => {
    const config = readAgentConfig(LOCAL);
    assert.equal(await resolveAddress(config, { resolve: () => assert.fail('looked up') }), config);
  });

  it('is frozen, and its token never shows', () => {
    const config = readAgentConfig({ ...LOCAL, CONSUL_HTTP_ADDR: '127.0.0.1:8500', CONSUL_HTTP_TOKEN: 'hidden' });
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.registry) && Object.isFrozen(config.self));
    assert.equal(config.registry.consul?.token?.reveal(), 'hidden');
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9 }), `${config.registry.consul?.token}`]) {
      assert.ok(!text.includes('hidden'));
      assert.ok(text.includes('***'));
    }
  });
});
