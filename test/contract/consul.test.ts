import { strict as assert } from 'node:assert';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import {
  consulDrainBoard,
  consulRegistrar,
  consulSource,
  consulWeightBoard,
  type MemberSet,
  type MembershipSource,
  parseConsulAddress,
  type Registrar,
} from '@muster/membership';
import { requireBinary } from '../support/binaries.js';
import { TestConsul } from '../support/consul.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import { freePort } from '../support/ports.js';
import { type Follower, follow } from './follow.js';
import { CONTRACT_POLICY, LONG_TTL_MS, newService, type RegistryHarness, registration } from './harness.js';
import { registryContract } from './registry.contract.js';

const REAP_AFTER_MS = 60_000;

describe('consul', () => {
  let bin: string;

  before(function () {
    bin = requireBinary(this, 'consul');
  });

  registryContract('consul', async () => harnessOf(await TestConsul.start(bin)));

  describe('what only Consul can do', () => {
    const signal = new AbortController().signal;
    const followers: Follower<MemberSet>[] = [];
    const registrar = (): Registrar => registrarOf(consul.address);
    let consul: TestConsul;
    let service: string;
    let reports: string[];

    const watch = (address = consul.address, maxBodyBytes?: number) => {
      const source = observedSource(address, reports, maxBodyBytes);
      const follower = follow((stop) => source.watch(service, stop));
      followers.push(follower);
      return follower;
    };

    /** Until `a` is shown; what a busy machine made of the first queries does not count. */
    const showsA = async (follower: Follower<MemberSet>) => {
      const set = await follower.until((now) => assert.equal(now.members.get('a')?.status, 'alive'));
      reports.length = 0;
      return set;
    };

    before(async () => {
      consul = await TestConsul.start(bin);
    });
    beforeEach(() => {
      service = newService();
      reports = [];
    });
    afterEach(async () => {
      consul.resume();
      for (const follower of followers.splice(0)) await follower.stop();
    });
    after(() => consul?.close());

    it('rejects members that were written straight into the catalog with names of any kind', async () => {
      await registrar().join(registration(service, 'good'), signal);
      const names = ['new\nline', 'semi;colon', 'nul\u0000', 'ünïcode', `long-${'x'.repeat(10_000)}`, '../up', ' '];
      for (const [at, id] of names.entries()) {
        await consul.api('PUT', 'catalog/register', {
          Node: `hostile-${at}`,
          Address: '127.0.0.1',
          Service: { ID: id, Service: service, Address: '127.0.0.1', Port: 5000 + at },
        });
      }
      const set = await watch().until((value) => assert.equal(value.rejected.length, names.length));
      assert.deepEqual([...set.members.keys()], ['good']);
      for (const { id } of set.rejected) assert(id.length < 200 && /^[\x20-\x7e…]*$/.test(id), JSON.stringify(id));
    });

    it('shows maintenance of a service and of its node as leaving', async () => {
      await registerPlain(consul, service, 'plain-maintenance', { address: '127.0.0.1', port: 80 });
      const follower = watch();
      const becomes = (status: string) =>
        follower.until((set) => assert.equal(set.members.get('plain-maintenance')?.status, status));
      await becomes('alive');
      await consul.api('PUT', 'agent/service/maintenance/plain-maintenance?enable=true');
      await becomes('leaving');
      await consul.api('PUT', 'agent/service/maintenance/plain-maintenance?enable=false');
      await becomes('alive');
      await consul.api('PUT', 'agent/maintenance?enable=true');
      await becomes('leaving');
      await consul.api('PUT', 'agent/maintenance?enable=false');
      await becomes('alive');
    });

    it('keeps the check of a member over the announcement of its leave', async () => {
      const self = registration(service, 'a');
      await registrar().join(self, signal);
      await registrar().fail(self, 'probe', signal);
      await registrar().leaving(self, signal);
      const [check] = await checksOf(consul, service);
      assert.deepEqual(check, { status: 'critical', output: 'probe' });
      await registrar().heartbeat(self, signal);
      assert.equal((await checksOf(consul, service))[0]?.status, 'passing');
    });

    it('keeps an app and a balancer of the same name on one Consul agent apart', async () => {
      const other = newService();
      await registrar().join(registration(service, 'host-1', 3000), signal);
      await registrar().join(registration(other, 'host-1', 3001), signal);
      await watch().until((set) => assert.equal(set.members.get('host-1')?.port, 3000));
      await registrar().leave(other, 'host-1', signal);
      await watch().until((set) => assert.equal(set.members.get('host-1')?.port, 3000));
    });

    it('evicts an entry that another tool made', async () => {
      await registerPlain(consul, service, 'legacy-1', { address: '10.0.0.9', port: 80 });
      await watch().until((set) => assert.equal(set.members.get('legacy-1')?.status, 'alive'));
      await registrar().evict(service, 'legacy-1', signal);
      await watch().until((set) => assert.equal(set.members.has('legacy-1'), false));
    });

    it('keeps its set when Consul is killed, reports it once, and goes on by itself', async () => {
      await registrar().join(registration(service, 'a', 1), signal);
      const follower = watch();
      await showsA(follower);
      await consul.kill();
      await eventually(() => assert.equal(reports.length, 1));
      assert.deepEqual([...follower.newest().members.keys()], ['a']);
      await consul.restart();
      await eventually(() => assert.deepEqual(reports, ['fault consul-unreachable', 'recovered']));
      await registrar().join(registration(service, 'b', 2), signal);
      const set = await follower.until((value) => assert.equal(value.members.get('b')?.status, 'alive'));
      assert.deepEqual([...set.members.keys()], ['a', 'b']);
      assert(
        follower.all.every((one) => one.members.has('a')),
        'a set without the member was yielded',
      );
    });

    it('yields the set of a wiped Consul with its lower index, and members come back by their heartbeat', async () => {
      const self = registration(service, 'a');
      const agent = registrar();
      // Some history, so that the wiped Consul is behind.
      for (let beat = 0; beat < 20; beat += 1) {
        await consul.api('PUT', 'kv/history', beat);
      }
      await agent.join(self, signal);
      const follower = watch();
      const before = await showsA(follower);
      await consul.restart({ wipe: true });
      const wiped = await follower.until((set) => assert.equal(set.members.size, 0));
      assert(BigInt(wiped.index) < BigInt(before.index), `${wiped.index} is not below ${before.index}`);
      assert.equal(wiped.afterFault, true);
      // A Consul that stops answers its last queries with 500.
      assert.match(reports.join(), /^fault consul-(unreachable|failed),recovered$/);
      await agent.heartbeat(self, signal);
      await follower.until((set) => assert.equal(set.members.get('a')?.status, 'alive'));
    });

    it("keeps an operator's drain when Consul is wiped, writes it back, and lets go of it when it is lifted", async () => {
      const board = consulDrainBoard(patient(consul.address));
      await board.setIntent(service, 'a', 'drain', signal);
      const intents = follow((stop) => board.watchIntents(service, stop));
      const read = async () => Object.fromEntries((await firstOf((stop) => board.watchIntents(service, stop))) ?? []);
      try {
        await intents.until((wishes) => assert.equal(wishes.get('a'), 'drain'));
        await consul.restart({ wipe: true });
        await eventually(async () => assert.deepEqual(await read(), { a: 'drain' }));
        assert.deepEqual(
          intents.all.map((wishes) => [...wishes]),
          [[['a', 'drain']]],
        );
        await board.setIntent(service, 'a', null, signal);
        await intents.until((wishes) => assert.equal(wishes.size, 0));
        assert.deepEqual(await read(), {});
      } finally {
        await intents.stop();
      }
    });

    it("keeps an operator's weight when Consul is wiped, writes it back, and lets go of it when it is reset", async () => {
      const weights = consulWeightBoard(patient(consul.address));
      await weights.setWeight(service, 'a', 4, signal);
      const shown = follow((stop) => weights.watchWeights(service, stop));
      const read = async () => Object.fromEntries((await firstOf((stop) => weights.watchWeights(service, stop))) ?? []);
      try {
        await shown.until((now) => assert.equal(now.get('a'), 4));
        await consul.restart({ wipe: true });
        await eventually(async () => assert.deepEqual(await read(), { a: 4 }));
        assert.deepEqual(
          shown.all.map((now) => [...now]),
          [[['a', 4]]],
        );
        await weights.setWeight(service, 'a', null, signal);
        await shown.until((now) => assert.equal(now.size, 0));
        assert.deepEqual(await read(), {});
      } finally {
        await shown.stop();
      }
    });

    it('goes on after Consul was frozen', async () => {
      await registrar().join(registration(service, 'a', 1), signal);
      const follower = watch();
      await showsA(follower);
      consul.pause();
      const joining = registrar().join(registration(service, 'b', 2), signal);
      consul.resume();
      await joining;
      await follower.until((set) => assert.equal(set.members.get('b')?.status, 'alive'));
      assert.deepEqual(reports, []);
    });

    it('takes an answer above the cap for a fault, and goes on when it is smaller again', async () => {
      await registrar().join(registration(service, 'a', 1), signal);
      const follower = watch(consul.address, 20_000);
      await showsA(follower);
      const tags = { big: 'x'.repeat(500) };
      for (let at = 2; at < 30; at += 1) {
        await registrar().join({ ...registration(service, `m${at}`, at), tags }, signal);
      }
      await eventually(() => assert.deepEqual(reports, ['fault consul-answer-invalid']));
      for (let at = 2; at < 30; at += 1) await registrar().leave(service, `m${at}`, signal);
      await eventually(() => assert.deepEqual(reports, ['fault consul-answer-invalid', 'recovered']));
      await follower.until((set) => assert.deepEqual([...set.members.keys()], ['a']));
    });

    it('yields nothing from a registry that knows no leader, gives no list, or cuts its answer', async () => {
      const liar = await startLiar([
        { index: '9', knownLeader: false },
        { index: '9', body: '{"members":[]}' },
        { index: '9', cut: true },
        { body: '[]' },
        { index: '9' },
      ]);
      try {
        const follower = watch(liar.address);
        const set = await follower.until(() => {});
        assert.equal(set.index, '9');
        assert.equal(follower.all.length, 1);
        assert.deepEqual(reports, ['fault consul-answer-invalid', 'recovered']);
      } finally {
        await liar.close();
      }
    });

    it('reads consistently what is owed at once: a new leader answers others before it has replayed its log', async () => {
      const liar = await startLiar([{ index: '9' }, { index: '9' }, {}, { index: '9' }]);
      try {
        watch(liar.address);
        await eventually(() => assert.equal(liar.asked.length, 5));
        const consistent = liar.asked.map((url) => [url.searchParams.get('index'), url.searchParams.has('consistent')]);
        assert.deepEqual(consistent, [
          ['0', true],
          ['9', false],
          ['9', false],
          ['0', true],
          ['9', false],
        ]);
      } finally {
        await liar.close();
      }
    });

    it('says so of a set whose index went back, also behind one that it did not yield', async () => {
      const member = { Service: { ID: 'a', Address: '127.0.0.1', Port: 80 } };
      const body = JSON.stringify([member]);
      const liar = await startLiar([{ index: '9', body }, { index: '50', body }, { index: '20' }, { index: '20' }]);
      try {
        const follower = watch(liar.address);
        await follower.until((set) => assert.equal(set.members.size, 0));
        const seen = follower.all.map((set) => [set.index, set.members.size, set.afterFault]);
        assert.deepEqual(seen, [
          ['9', 1, false],
          ['20', 0, true],
        ]);
      } finally {
        await liar.close();
      }
    });

    it('holds one connection for a watch, however often the members change', async () => {
      const proxy = await startCountingProxy(consul.address);
      try {
        const follower = watch(proxy.address);
        await follower.until(() => {});
        for (let port = 1; port <= 10; port += 1) {
          await registrar().join(registration(service, `m${port}`, port), signal);
          await follower.until((set) => assert.equal(set.members.size, port));
        }
        assert.equal(proxy.accepted(), 1);
        await follower.stop();
      } finally {
        await proxy.close();
      }
    });
  });
});

function harnessOf(consul: TestConsul): RegistryHarness {
  return {
    source: (policy = CONTRACT_POLICY, observer) =>
      consulSource({ address: parseConsulAddress(consul.address), policy, ...(observer ? { observer } : {}) }),
    registrar: (ttlMs = LONG_TTL_MS) => registrarOf(consul.address, ttlMs),
    board: () => consulDrainBoard(patient(consul.address)),
    weights: () => consulWeightBoard(patient(consul.address)),
    putRaw: (service, id, raw) => registerPlain(consul, service, id, raw),
    async putRawWeight(service, id, text) {
      await consul.api('PUT', `kv/muster/weight/${service}/${id}`, text === '' ? undefined : JSON.parse(text));
    },
    async outage() {
      await consul.kill();
      return () => consul.restart();
    },
    close: () => consul.close(),
  };
}

function registrarOf(address: string, ttlMs = LONG_TTL_MS): Registrar {
  return consulRegistrar({ ...patient(address), ttlMs, reapAfterMs: REAP_AFTER_MS });
}

/** How to reach a Consul that may take its time, as on a busy machine. */
function patient(address: string) {
  return { address: parseConsulAddress(address), requestTimeoutMs: PATIENCE_MS };
}

function observedSource(address: string, reports: string[], maxBodyBytes?: number): MembershipSource {
  return consulSource({
    address: parseConsulAddress(address),
    policy: CONTRACT_POLICY,
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
    observer: {
      onFault: (_service, error) => reports.push(`fault ${'code' in error ? error.code : error.message}`),
      onRecovered: () => reports.push('recovered'),
    },
  });
}

async function registerPlain(consul: TestConsul, service: string, id: string, raw: { address: string; port: number }) {
  await consul.api('PUT', 'agent/service/register', { ID: id, Name: service, Address: raw.address, Port: raw.port });
}

async function checksOf(consul: TestConsul, service: string): Promise<{ status: string; output: string }[]> {
  const checks = await consul.api('GET', 'agent/checks');
  assert(typeof checks === 'object' && checks !== null);
  return Object.values(checks as Record<string, { ServiceName: string; Status: string; Output: string }>)
    .filter((one) => one.ServiceName === service)
    .map((one) => ({ status: one.Status, output: one.Output }));
}

async function firstOf<T>(watch: (signal: AbortSignal) => AsyncIterable<T>): Promise<T | undefined> {
  const stop = new AbortController();
  for await (const value of watch(stop.signal)) {
    stop.abort();
    return value;
  }
  return undefined;
}

interface Answer {
  readonly index?: string;
  readonly knownLeader?: boolean;
  readonly body?: string;
  readonly cut?: boolean;
}

/** Something that speaks like Consul: gives `answers` one after the other, then holds the query. */
async function startLiar(answers: readonly Answer[]) {
  const left = [...answers];
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://liar'));
    const answer = left.shift();
    if (!answer) return;
    const { index, knownLeader = true, body = '[]', cut = false } = answer;
    if (index !== undefined) response.setHeader('x-consul-index', index);
    response.setHeader('x-consul-knownleader', String(knownLeader));
    response.setHeader('content-type', 'application/json');
    if (!cut) return void response.end(body);
    response.setHeader('content-length', 100);
    response.write('[', () => response.destroy());
  });
  const address = await listen(server);
  return {
    address,
    asked: asked as readonly URL[],
    async close() {
      server.closeAllConnections();
      await closed(server);
    },
  };
}

/** Passes bytes to `target` and counts the connections that it accepted. */
async function startCountingProxy(target: string) {
  let accepted = 0;
  const sockets = new Set<Socket>();
  const server = createTcpServer((client) => {
    accepted += 1;
    const upstream = connect(Number(target.split(':')[1]), '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  const address = await listen(server);
  return {
    address,
    accepted: () => accepted,
    async close() {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
}

async function listen(server: TcpServer): Promise<string> {
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `127.0.0.1:${port}`;
}

function closed(server: TcpServer): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}
