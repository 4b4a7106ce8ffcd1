import { strict as assert } from 'node:assert';
import { MusterError } from '../errors.js';
import { readInstanceConfig } from './config.js';

const LOCAL = { CONSUL_HTTP_ADDR: '192.168.240.1:8500' };

function faultsOf(env: Record<string, string>): string {
  try {
    readInstanceConfig(env);
  } catch (thrown) {
    assert.ok(thrown instanceof MusterError);
    assert.equal(thrown.code, 'config-invalid');
    return thrown.message;
  }
  return '';
}

describe('settings of the instance agent', () => {
  it('have a default for everything but the registry', () => {
    const { registry, ...config } = readInstanceConfig(LOCAL);
    assert.equal(registry.registry, 'consul');
    assert.deepEqual(config, {
      ...{ logLevel: 'info', callDeadlineMs: 1_000, services: ['webapp'] },
      ...{ pollMs: 5_000, leaveTimeoutMs: 300_000, hook: null },
      ...{ metadataEndpoint: 'http://169.254.169.254', awsEndpoint: null },
    });
  });

  it('take the services as the watcher does, paths and all', () => {
    assert.deepEqual(readInstanceConfig({ ...LOCAL, SERVICES: 'webapp, api=/api' }).services, ['webapp', 'api']);
  });

  it('take endpoints as the AWS SDKs do', () => {
    const config = readInstanceConfig({
      ...LOCAL,
      ...{ AWS_ENDPOINT_URL: 'http://127.0.0.1:5000/', AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://[fd00:ec2::254]' },
    });
    assert.equal(config.awsEndpoint, 'http://127.0.0.1:5000');
    assert.equal(config.metadataEndpoint, 'http://[fd00:ec2::254]');
  });

  it('are refused with all faults at once', () => {
    const faults = faultsOf({
      ...{ INSTANCE_POLL_MS: '5', AWS_ENDPOINT_URL: 'moto', SERVICES: 'Web,api' },
      ...{ LIFECYCLE_HOOK: 'x'.repeat(256), REGISTRY: 'consul' },
    });
    assert.match(faults, /have 5 fault\(s\)/);
    assert.match(faults, /INSTANCE_POLL_MS: must be a whole number from 100 to 3600000/);
    assert.match(faults, /LIFECYCLE_HOOK: must have 255 characters at most/);
    assert.match(faults, /AWS_ENDPOINT_URL: must be an address/);
    assert.match(faults, /SERVICES: "Web" is no name of a service/);
    assert.match(faults, /CONSUL_HTTP_ADDR: REGISTRY=consul needs/);
  });
});
