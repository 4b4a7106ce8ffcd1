import { strict as assert } from 'node:assert';
import type { InspectedContainer } from './inspect-text.js';
import { Names, stableAddress } from './names.js';
import type { Seen, SeenContainer } from './seen.js';

const START = Date.parse('2026-11-22T00:00:00.000Z');
const HA = 'a'.repeat(12) + '1'.repeat(52);
const WEB_1 = 'b0b0b0b0b0b0'.padEnd(64, '2');
const WEB_10 = 'c1c1c1c1c1c1'.padEnd(64, '3');
const TOKEN = 'd'.repeat(64);

const SEEN: Seen = {
  containers: [
    container(HA, 'ha', { admin: '172.20.0.2', apps: '172.21.0.2', registry: '172.22.0.3' }),
    container(WEB_1, 'webapp-1', { apps: '172.21.0.3', registry: '172.22.0.4' }),
    container(WEB_10, 'webapp-10', { apps: '172.21.0.30', registry: '172.22.0.40' }),
  ],
  project: 'muster-scenarios',
  root: '/home/somebody/muster/',
  ports: new Map([
    [24_080, 80],
    [25_936, 1936],
  ]),
  secrets: new Map([[TOKEN, 'token']]),
};

describe('the names of a recording', () => {
  let names: Names;
  beforeEach(() => {
    names = new Names();
    names.learn(SEEN);
  });
  const plain = (text: string) => names.plain(text, START);

  it('stand in place of ids, whole ones and short ones', () => {
    assert.equal(plain(`${WEB_1} ${WEB_1.slice(0, 12)} ${WEB_10.slice(0, 12)}`), 'webapp-1 webapp-1 webapp-10');
    assert.equal(names.of(WEB_1.slice(0, 12)), 'webapp-1');
    assert.equal(names.of('unknown'), 'unknown');
  });

  it('call an id of nobody an id', () => {
    assert.equal(plain('left 0123456789ab'), 'left <id>');
  });

  it('give each container the same address in each network, and the host the first one', () => {
    assert.equal(plain('172.21.0.3:3000 172.22.0.4 172.21.0.30'), '10.0.2.11:3000 10.0.3.11 10.0.2.20');
    assert.equal(plain('172.20.0.2 from 172.20.0.1'), '10.0.1.2 from 10.0.1.1');
    assert.equal(stableAddress('elsewhere', 'webapp-1'), '<webapp-1>');
  });

  it('keep the address of a container that has ended until another one has it', () => {
    names.learn({ ...SEEN, containers: [container(WEB_1, 'webapp-1', { apps: '' })] });
    assert.equal(plain('172.21.0.3'), '10.0.2.11');
    names.learn({ ...SEEN, containers: [container(WEB_10, 'webapp-10', { apps: '172.21.0.3' })] });
    assert.equal(plain('172.21.0.3'), '10.0.2.20');
  });

  it('count times from the start of the step', () => {
    assert.equal(plain('at 2026-11-22T00:00:01.250Z'), 'at t+1.250 s');
    assert.equal(plain('at 2026-11-22T00:00:01.250987654Z'), 'at t+1.250 s');
    assert.equal(plain('at 2026-11-21T23:59:59Z'), 'at t+0.000 s');
  });

  it('show the ports that a user has, and no port of a client', () => {
    assert.equal(
      plain('0.0.0.0:24080->80/tcp, 127.0.0.1:25936->1936/tcp'),
      '0.0.0.0:80->80/tcp, 127.0.0.1:1936->1936/tcp',
    );
    assert.equal(plain('127.0.0.1:51234 127.0.0.1:3000'), '127.0.0.1:<port> 127.0.0.1:3000');
  });

  it('replace secrets, folders of this machine, and the name of the project', () => {
    assert.equal(plain(`Bearer ${TOKEN}`), 'Bearer <token>');
    assert.equal(plain('/home/somebody/muster/ha/templates'), './ha/templates');
    assert.equal(plain('muster-scenarios-webapp-1 muster-scenarios_apps'), 'muster-webapp-1 muster_apps');
  });

  it('replace what is random by design', () => {
    assert.equal(plain('str(09234ca7015f27f3)'), 'str(<random>)');
    assert.equal(plain('"boot":"10b61b84"'), '"boot":"<random>"');
    assert.equal(plain('Node ID: c9adc017-29af-3b22-95d7-efc4519eb2c8'), 'Node ID: <uuid>');
  });

  it('number servers by their names', () => {
    assert.equal(
      plain(`  server ${WEB_10.slice(0, 12)} 172.21.0.30:3000 id 984532 weight 1`),
      '  server webapp-10 10.0.2.20:3000 id 10010 weight 1',
    );
  });

  it('leave everything else alone, and what they have replaced too', () => {
    const line = 'timeout connect 250ms # 1.8.7, 200-499, 100 %, defaced';
    assert.equal(plain(line), line);
    const once = plain(`${WEB_1} 172.21.0.3:24080 2026-11-22T00:00:01Z ${TOKEN}`);
    assert.equal(plain(once), once);
  });

  it('find what they should have replaced', () => {
    assert.deepEqual(names.leaks('webapp-1 10.0.2.11:3000 127.0.0.1 0.0.0.0'), []);
    assert.deepEqual(names.leaks(`x${TOKEN}`), ['the token']);
    assert.deepEqual(names.leaks(`x${WEB_1.slice(0, 12)}`), ['the id of webapp-1']);
    assert.deepEqual(names.leaks('172.21.0.99 172.21.0.99 muster-scenarios'), ['muster-scenarios', '172.21.0.99']);
  });
});

function container(id: string, name: string, addresses: Readonly<Record<string, string>>): SeenContainer {
  const networks = Object.entries(addresses).map(([network, IPAddress]) => [
    `muster-scenarios_${network}`,
    { IPAddress, Gateway: IPAddress.replace(/\d+$/, '1') },
  ]);
  const raw = { Id: id, NetworkSettings: { Networks: Object.fromEntries(networks) } };
  // Only these fields of `docker inspect` are looked at.
  return { id, name, raw: raw as unknown as InspectedContainer };
}
