import { strict as assert } from 'node:assert';
import type { BalancerDriver } from '../../ha/src/drivers/driver.js';
import type { AdminState, DesiredServer, DesiredState, RunningServer } from '../../ha/src/plan/desired.js';
import { describePlan, isEmpty, makePlan } from '../../ha/src/plan/plan.js';
import type { Structure } from '../../ha/src/render/structure.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import { whileUnreachable } from '../support/running-balancer.js';
import { type DriverApp, get, startDriverApp } from './driver-app.js';

/** What a structure differs in from the one that the balancer was started with. */
export interface StructureEdit {
  readonly settings?: Readonly<Record<string, string>>;
  /** A line that the balancer does not know, put into the config, or into the fragment of every server. */
  readonly nonsense?: 'config' | 'server';
  /** One more address to listen on. */
  readonly bind?: string;
}

/** One running balancer with one backend, `webapp`, and no members. */
export interface DriverHarness {
  readonly driver: BalancerDriver;
  /** Base of the public address. */
  readonly url: string;
  /** What the balancer was started with. */
  readonly structure: Structure;
  edited(edit: StructureEdit): Promise<Structure>;
  /** What the balancer would start from. */
  file(): string;
  /** Another one proves a reload. */
  workerPid(): Promise<number>;
  close(): Promise<void>;
}

const deadline = () => AbortSignal.timeout(PATIENCE_MS);

/** What every driver must do with a real balancer. */
export function driverContract(name: string, setup: () => Promise<DriverHarness>): void {
  describe(`${name}: driver contract`, () => {
    let balancer: DriverHarness;
    let apps: DriverApp[];

    beforeEach(async () => {
      apps = [await startDriverApp('a'), await startDriverApp('b')];
      balancer = await setup();
    });
    afterEach(async () => {
      await balancer?.close();
      for (const app of apps) await app.close();
    });

    const app = (at: number): DriverApp => apps[at] ?? assert.fail(`no app ${at}`);

    function server(at: number, patch: Partial<DesiredServer> = {}): DesiredServer {
      const { name: id, port } = app(at);
      return {
        name: id,
        serverId: 20_000 + at,
        address: '127.0.0.1',
        port,
        weight: 1,
        admin: 'ready',
        down: false,
        checked: true,
        ...patch,
      };
    }

    const want = (...servers: readonly DesiredServer[]): DesiredState =>
      new Map([['webapp', new Map(servers.map((one) => [one.name, one]))]]);

    const read = () => whileUnreachable(() => balancer.driver.read({ inFlight: true }, deadline()));

    async function running(id: string): Promise<RunningServer> {
      return (await read()).backends.get('webapp')?.get(id) ?? assert.fail(`${id} does not run`);
    }

    /** Applies once, and demands that nothing is left to do. */
    async function apply(desired: DesiredState, structure = balancer.structure) {
      const result = await whileUnreachable(
        async () =>
          balancer.driver.apply(makePlan(desired, await read(), structure.revision), structure, true, deadline()),
        1,
      );
      if (result.pending.length === 0) {
        const left = makePlan(desired, await read(), structure.revision);
        assert.ok(isEmpty(left), `left to do: ${describePlan(left)}`);
        assert.equal(balancer.file(), structure.render(desired));
      }
      return result;
    }

    async function up(...ids: readonly string[]): Promise<void> {
      await eventually(async () => {
        for (const id of ids) assert.equal((await running(id)).health, 'up');
      });
    }

    /** A request that waits for `release`. A test that fails earlier must not leave its rejection unheard. */
    function hold() {
      const open = get(`${balancer.url}/hold`);
      open.catch(() => undefined);
      return open;
    }

    /** Tells a balancer that does not check its servers itself what the checks have found. */
    async function mark(...servers: readonly DesiredServer[]): Promise<void> {
      if ((await running('a')).markedDown !== null) await apply(want(...servers));
    }

    /** Who answered twenty requests. */
    async function answering(): Promise<string[]> {
      const names = new Set<string>();
      for (let at = 0; at < 20; at += 1) {
        const { status, text } = await get(`${balancer.url}/`);
        names.add(status === 200 ? text : String(status));
      }
      return [...names].sort();
    }

    it('runs what it was started with, and proves it', async () => {
      const state = await read();
      assert.equal(state.revision, balancer.structure.revision);
      assert.deepEqual([state.oldWorkers, state.oldWorkerConnections], [0, 0]);
      assert.deepEqual(await answering(), ['503']);
    });

    it('adds servers that serve, with their own id, weight and address', async () => {
      const pid = await balancer.workerPid();
      const { reloaded } = await apply(want(server(0), server(1, { weight: 7 })));
      assert.equal(reloaded, balancer.driver.changesBy === 'reload');
      assert.deepEqual(await answering(), ['a', 'b']);
      const { serverId, weight, port, admin } = await running('b');
      assert.deepEqual(
        { serverId, weight, port, admin },
        { serverId: 20_001, weight: 7, port: app(1).port, admin: 'ready' },
      );
      // A client may have its answer before the balancer has put the request away.
      await eventually(async () => assert.equal((await running('b')).inFlight, 0));
      assert.equal((await balancer.workerPid()) === pid, !reloaded);
    });

    for (const admin of ['drain', 'maint'] as const) {
      it(`adds a server straight into ${admin}`, async () => {
        await apply(want(server(0), server(1, { admin, weight: 7 })));
        assert.deepEqual(await answering(), ['a']);
        await apply(want(server(0), server(1, { weight: 7 })));
        assert.deepEqual(await answering(), ['a', 'b']);
      });
    }

    it('moves a server between ready, drain and maint in every order', async () => {
      await apply(want(server(0), server(1)));
      const order: readonly AdminState[] = ['drain', 'maint', 'drain', 'ready', 'maint', 'ready'];
      for (const admin of order) {
        await apply(want(server(0), server(1, { admin })));
        assert.deepEqual(await answering(), admin === 'ready' ? ['a', 'b'] : ['a']);
      }
    });

    it('changes a weight, to 0 and back', async () => {
      await apply(want(server(0), server(1)));
      await apply(want(server(0), server(1, { weight: 0 })));
      assert.deepEqual(await answering(), ['a']);
      await apply(want(server(0), server(1, { weight: 256 })));
      assert.ok((await answering()).includes('b'));
    });

    for (const admin of ['ready', 'drain', 'maint'] as const) {
      it(`moves a server to another address and leaves it in ${admin}`, async () => {
        await apply(want(server(0, { port: app(1).port, admin })));
        await apply(want(server(0, { address: '127.0.0.2', admin })));
        const { address, port, admin: now } = await running('a');
        assert.deepEqual({ address, port, now }, { address: '127.0.0.2', port: app(0).port, now: admin });
      });
    }

    it('serves from the new address', async () => {
      await apply(want(server(0)));
      await apply(want(server(0, { port: app(1).port })));
      assert.deepEqual(await answering(), ['b']);
    });

    it('removes a server that is idle', async () => {
      await apply(want(server(0), server(1)));
      assert.deepEqual((await apply(want(server(0)))).pending, []);
      assert.deepEqual(await answering(), ['a']);
    });

    it('counts requests in flight, and removes a server only after its last one was answered', async () => {
      await apply(want(server(1)));
      const open = hold();
      await eventually(async () => assert.equal((await running('b')).inFlight, 1));
      const { pending } = await apply(want(server(0)));
      assert.deepEqual(
        pending.map(({ kind }) => kind),
        ['remove'],
      );
      assert.deepEqual(await answering(), ['a']);
      assert.equal((await running('b')).inFlight, 1);
      app(1).release();
      assert.deepEqual(await open, { status: 200, text: 'b' });
      await eventually(async () => assert.deepEqual((await apply(want(server(0)))).pending, []));
    });

    it('cuts the requests of a server that hangs', async () => {
      await apply(want(server(0)));
      const open = get(`${balancer.url}/hold`, 'POST').catch((error: Error) => error);
      await eventually(async () => assert.equal((await running('a')).inFlight, 1));
      await eventually(async () => assert.ok(await balancer.driver.cut('webapp', 'a', deadline())));
      const answer = await open;
      assert.ok(answer instanceof Error || answer.status >= 500);
      await eventually(async () => assert.equal((await running('a')).inFlight, 0));
    });

    it('finds servers down and up again by its own check', async () => {
      await apply(want(server(0), server(1)));
      await up('a', 'b');
      app(1).healthy = false;
      await eventually(async () => assert.equal((await running('b')).health, 'down'));
      await mark(server(0), server(1, { down: true }));
      assert.deepEqual(await answering(), ['a']);
      app(1).healthy = true;
      await up('b');
      await mark(server(0), server(1));
      assert.deepEqual(await answering(), ['a', 'b']);
    });

    it('keeps what the balancer would start from equal to what should run, without talking to it', async () => {
      await balancer.driver.persist(want(server(0)), balancer.structure);
      assert.equal(balancer.file(), balancer.structure.render(want(server(0))));
      assert.equal((await read()).backends.get('webapp')?.size ?? 0, 0);
    });

    it('reloads for another structure, proves it, and loses no request', async () => {
      const desired = want(server(0), server(1, { weight: 7 }));
      await apply(desired);
      await up('a', 'b');
      const pid = await balancer.workerPid();
      const structure = await balancer.edited({ settings: { TIMEOUT_SERVER: '31s' } });
      const { result, statuses } = await underLoad(() => apply(desired, structure));
      assert.ok(result.reloaded);
      assert.deepEqual(statuses, [200]);
      assert.equal((await read()).revision, structure.revision);
      assert.notEqual(await balancer.workerPid(), pid);
      assert.equal((await running('b')).serverId, 20_001);
    });

    it('keeps a server up without its check, and takes it out when it is checked again', async () => {
      await apply(want(server(0), server(1)));
      await up('a', 'b');
      await apply(want(server(0), server(1, { checked: false })));
      assert.equal((await running('b')).checked, false);
      app(0).healthy = false;
      app(1).healthy = false;
      await eventually(async () => assert.equal((await running('a')).health, 'down'));
      await mark(server(0, { down: true }), server(1, { checked: false }));
      assert.deepEqual(await answering(), ['b']);
      await apply(want(server(0, { down: true }), server(1)));
      await eventually(async () => assert.equal((await running('b')).health, 'down'));
    });

    it('counts what an old worker still has open', async () => {
      await apply(want(server(0)));
      const open = hold();
      await eventually(async () => assert.equal((await running('a')).inFlight, 1));
      await apply(want(server(0)), await balancer.edited({ settings: { TIMEOUT_SERVER: '31s' } }));
      await eventually(async () => {
        const { oldWorkers, oldWorkerConnections } = await read();
        assert.deepEqual({ oldWorkers, oldWorkerConnections }, { oldWorkers: 1, oldWorkerConnections: 1 });
      });
      app(0).release();
      assert.equal((await open).status, 200);
      await eventually(async () => assert.equal((await read()).oldWorkers, 0));
    });

    it('keeps drains, maintenance and weights over a reload', async () => {
      apps.push(await startDriverApp('c'));
      const desired = want(server(0), server(1, { admin: 'drain', weight: 7 }), server(2, { admin: 'maint' }));
      await apply(desired);
      await apply(desired, await balancer.edited({ settings: { TIMEOUT_SERVER: '31s' } }));
      assert.deepEqual(await answering(), ['a']);
      assert.equal(app(1).requests, 0);
      assert.equal(app(2).requests, 0);
      const opened = want(server(0), server(1, { weight: 7 }), server(2));
      await apply(opened, await balancer.edited({ settings: { TIMEOUT_SERVER: '31s' } }));
      assert.deepEqual(await answering(), ['a', 'b', 'c']);
    });

    it('keeps a server down over a reload until its check passes, and takes it back then', async () => {
      await apply(want(server(0), server(1)));
      await up('a', 'b');
      app(1).healthy = false;
      await eventually(async () => assert.equal((await running('b')).health, 'down'));
      const before = app(1).requests;
      const structure = await balancer.edited({ settings: { TIMEOUT_SERVER: '31s' } });
      const desired = want(server(0), server(1, { down: true }));
      await whileUnreachable(async () =>
        balancer.driver.apply(makePlan(desired, await read(), structure.revision), structure, true, deadline()),
      );
      const { admin, health } = await running('b');
      assert.deepEqual({ admin, health }, { admin: 'ready', health: 'down' });
      assert.deepEqual(await answering(), ['a']);
      assert.equal(app(1).requests, before);
      app(1).healthy = true;
      await up('b');
      if ((await running('b')).markedDown !== null) await apply(want(server(0), server(1)), structure);
      assert.deepEqual(await answering(), ['a', 'b']);
      assert.equal(
        describePlan(makePlan(want(server(0), server(1)), await read(), structure.revision)),
        'runtime: none; reload: none',
      );
    });

    for (const nonsense of ['config', 'server'] as const) {
      it(`refuses a structure with a fault in its ${nonsense} template by line, and changes nothing`, async () => {
        await apply(want(server(0)));
        await refused(await balancer.edited({ nonsense }), 'config-refused', /line \d+: .*muster-nonsense/);
      });
    }

    it('refuses a fault in the server template even while there are no members', async () => {
      await refused(await balancer.edited({ nonsense: 'server' }), 'config-refused', /muster-nonsense/, want());
    });

    it('refuses an address that is taken, and changes nothing', async () => {
      await apply(want(server(0)));
      const bind = `127.0.0.1:${app(1).port}`;
      await refused(await balancer.edited({ bind }), 'bind-refused', new RegExp(bind));
    });

    /** Does `action` while three clients send requests, and gives what they saw. */
    async function underLoad<T>(action: () => Promise<T>): Promise<{ result: T; statuses: number[] }> {
      const state = { over: false };
      const clients = Promise.all([1, 2, 3].map(() => statusesUntil(`${balancer.url}/`, state)));
      try {
        const result = await action();
        state.over = true;
        return { result, statuses: [...new Set((await clients).flat())] };
      } finally {
        state.over = true;
        await clients;
      }
    }

    async function refused(
      structure: Structure,
      code: string,
      message: RegExp,
      desired = want(server(0)),
    ): Promise<void> {
      const [pid, file] = [await balancer.workerPid(), balancer.file()];
      const plan = makePlan(desired, await read(), structure.revision);
      const { statuses } = await underLoad(() =>
        assert.rejects(
          whileUnreachable(() => balancer.driver.apply(plan, structure, true, deadline())),
          { code, message },
        ),
      );
      assert.deepEqual(statuses, [(desired.get('webapp')?.size ?? 0) > 0 ? 200 : 503]);
      assert.equal(await balancer.workerPid(), pid);
      assert.equal(balancer.file(), file);
      assert.equal((await read()).revision, balancer.structure.revision);
    }
  });
}

/** The status of request after request; 0 for one that got no answer. */
async function statusesUntil(url: string, state: { readonly over: boolean }): Promise<number[]> {
  const statuses: number[] = [];
  do {
    statuses.push(
      await get(url).then(
        ({ status }) => status,
        () => 0,
      ),
    );
  } while (!state.over);
  return statuses;
}
