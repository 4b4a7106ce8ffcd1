import { strict as assert } from 'node:assert';
import { isIPv4 } from 'node:net';
import { addressPolicy, createLogger, memoryRegistry } from '@muster/membership';
import { eventually } from '../../test/support/eventually.js';
import { readHaConfig } from './config.js';
import { balancerRegistration, keepPresence } from './presence.js';

const log = createLogger('test', 'silent');
const ENTRY = 'muster-balancer/lb-1';

function registrationAt(bind: string, services = 'webapp') {
  const env = { REGISTRY_DIR: '/r', RUN_DIR: '/run/muster', BALANCER_ID: 'lb-1', BIND: bind, SERVICES: services };
  return balancerRegistration(readHaConfig(env), 'b1');
}

describe('what a balancer says of itself', () => {
  it('is its id, its first public address and the services that it serves', () => {
    assert.deepEqual(registrationAt('10.0.0.9:8080,:81', 'webapp api=/api'), {
      service: 'muster-balancer',
      id: 'lb-1',
      address: '10.0.0.9',
      port: 8080,
      weight: 1,
      role: 'balancer',
      boot: 'b1',
      tags: { services: 'webapp api' },
    });
  });

  it('is an address of this machine when it listens everywhere', () => {
    for (const bind of [':80', '*:80', '0.0.0.0:80', '[::]:80']) {
      const { address, port } = registrationAt(bind);
      assert.ok(isIPv4(address) && address !== '0.0.0.0', `${bind}: ${address}`);
      assert.equal(port, 80);
    }
  });
});

describe('presence', () => {
  const self = registrationAt('10.0.0.9:8080');
  let end: AbortController;
  let ended: Promise<void>;
  let registry: ReturnType<typeof memoryRegistry>;

  beforeEach(() => {
    end = new AbortController();
    ended = Promise.resolve();
    registry = memoryRegistry({ policy: addressPolicy(['10.0.0.0/8'], []) });
  });
  afterEach(async () => {
    end.abort();
    await ended;
  });

  function start(): void {
    ended = keepPresence({ registrar: registry.registrar, self, heartbeatMs: 20, log }, end.signal);
  }
  const status = () => registry.store.members.get(ENTRY)?.fields.status ?? null;

  it('joins, and leaves its entry to the lease at the end: the balancer serves on', async () => {
    start();
    await eventually(() => assert.equal(status(), 'alive'));
    end.abort();
    await ended;
    assert.equal(status(), 'alive');
  });

  it('joins again when the registry has forgotten it', async () => {
    start();
    await eventually(() => assert.equal(status(), 'alive'));
    registry.store.remove('muster-balancer', 'lb-1');
    await eventually(() => assert.equal(status(), 'alive'));
  });

  it('waits for a registry that is away', async () => {
    registry.faults.fail();
    start();
    assert.equal(status(), null);
    registry.faults.recover();
    await eventually(() => assert.equal(status(), 'alive'));
  });

  it('ends without an error when the registry is away', async () => {
    start();
    await eventually(() => assert.equal(status(), 'alive'));
    registry.faults.fail();
    end.abort();
    await ended;
  });

  it('never joins when it was stopped before', async () => {
    end.abort();
    start();
    await ended;
    assert.equal(registry.store.index, 0);
  });
});
