import { strict as assert } from 'node:assert';
import { anyAddress } from './agent/balancers.js';
import { openRegistry, readRegistryConfig } from './registry-config.js';

const observer = { onFault() {}, onRecovered() {} };

describe('settings of the registry', () => {
  it('means files when only a directory is given', () => {
    const config = readRegistryConfig({ REGISTRY_DIR: 'registry' });
    assert.deepEqual([config.registry, config.dir, config.consul], ['file', 'registry', null]);
    assert.equal(openRegistry(config, { policy: anyAddress, observer }).name, 'file');
  });

  it('means Consul when its address is given', () => {
    const config = readRegistryConfig({ REGISTRY_DIR: 'registry', CONSUL_HTTP_ADDR: 'http://127.0.0.1:8500' });
    assert.deepEqual([config.registry, config.dir], ['consul', null]);
    assert.deepEqual(config.consul, {
      secure: false,
      host: '127.0.0.1',
      port: 8500,
      text: 'http://127.0.0.1:8500',
      token: null,
    });
    assert.equal(openRegistry(config, { policy: anyAddress, observer }).name, 'consul');
  });

  it('means files with REGISTRY=file even beside a Consul', () => {
    const config = readRegistryConfig({
      REGISTRY: 'file',
      REGISTRY_DIR: 'registry',
      CONSUL_HTTP_ADDR: '127.0.0.1:8500',
    });
    assert.equal(config.registry, 'file');
  });

  it('refuses a registry without its place', () => {
    assert.throws(() => readRegistryConfig({}), { code: 'config-invalid', message: /REGISTRY_DIR/ });
    assert.throws(() => readRegistryConfig({ REGISTRY: 'consul' }), /CONSUL_HTTP_ADDR/);
    assert.throws(() => readRegistryConfig({ REGISTRY: 'serf' }), /must be "file" or "consul"/);
    assert.throws(() => readRegistryConfig({ CONSUL_HTTP_ADDR: 'ftp://consul' }), /CONSUL_HTTP_ADDR/);
  });

  it('names every range that is none', () => {
    const env = { REGISTRY_DIR: 'registry', MEMBER_CIDRS: '10.0.0.0/8,10.0.0.0/40,web' };
    assert.throws(() => readRegistryConfig(env), /"10\.0\.0\.0\/40".*\n.*"web"/);
  });
});
