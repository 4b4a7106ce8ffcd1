import { strict as assert } from 'node:assert';
import { getEventListeners } from 'node:events';
import { addressPolicy, type MemberSet, type MemberStatus, sameSet } from '@muster/membership';
import { eventually } from '../support/eventually.js';
import type { Follower } from './follow.js';
import {
  CONTRACT_POLICY,
  newService,
  type RegistrySetup,
  registration,
  SHORT_TTL_MS,
  withRegistry,
} from './harness.js';

/** Entries that must never become members, whatever wrote them. All of them are accepted by Consul 1.8.7. */
const HOSTILE = [
  { id: 'port-negative', address: '127.0.0.1', port: -5 },
  { id: 'port-too-high', address: '127.0.0.1', port: 70_000 },
  { id: 'not-an-ip', address: '999.1.1.1', port: 80 },
  { id: 'short-ip', address: '127.1', port: 80 },
  { id: 'host-name', address: 'localhost', port: 80 },
  { id: 'metadata', address: '169.254.169.254', port: 80 },
  { id: 'mapped', address: '::ffff:169.254.169.254', port: 80 },
  { id: 'outside', address: '8.8.8.8', port: 80 },
  { id: 'injected', address: '127.0.0.1:80 check\n http-request deny', port: 80 },
  { id: 'semicolon;shutdown', address: '127.0.0.1', port: 81 },
  { id: 'quo"te', address: '127.0.0.1', port: 82 },
  { id: 'space id', address: '127.0.0.1', port: 83 },
] as const;

/** What every `MembershipSource` promises, together with the `Registrar` of the same registry. */
export function sourceContract(name: string, setup: RegistrySetup): void {
  describe(`source contract: ${name}`, () => {
    const signal = new AbortController().signal;
    const watched: Follower<MemberSet>[] = [];
    const { registry, service, watching } = withRegistry(setup);
    const watch = (of = service(), source = registry().source()) => {
      const follower = watching((stop) => source.watch(of, stop));
      watched.push(follower);
      return follower;
    };

    // After the hook that ends them.
    afterEach(() => {
      for (const { all } of watched.splice(0)) assertEachYieldIsAChange(all);
    });

    it('yields an empty set for a service without members', async () => {
      const set = await watch().until(() => {});
      assert.equal(set.service, service());
      assert.deepEqual(ids(set), []);
    });

    it('yields the whole set first, sorted by id', async () => {
      const registrar = registry().registrar();
      for (const [id, port] of [
        ['c', 3],
        ['a', 1],
        ['b', 2],
      ] as const) {
        await registrar.join(registration(service(), id, port), signal);
      }
      const follower = watch();
      await follower.until((set) => assert.equal(set.members.size, 3));
      assert.deepEqual(follower.all.map(ids), [['a', 'b', 'c']]);
    });

    it('gives every field of the registration', async () => {
      const { service: _, ...fields } = registration(service(), 'a', 4000, 'nonce7');
      await registry()
        .registrar()
        .join({ ...fields, service: service(), weight: 7, capacity: 60, role: 'canary' }, signal);
      const set = await watch().until((value) => assert.equal(value.members.size, 1));
      assert.deepEqual(set.members.get('a'), { ...fields, weight: 7, capacity: 60, role: 'canary', status: 'alive' });
    });

    it('yields again after join, update, fail, heartbeat, leaving and leave', async () => {
      const registrar = registry().registrar();
      const self = registration(service(), 'a');
      const follower = watch();
      await follower.until((set) => assert.deepEqual(ids(set), []));
      await registrar.join(self, signal);
      await follower.until(is('a', 'alive'));
      await registrar.join({ ...self, weight: 9 }, signal);
      await follower.until((set) => assert.equal(set.members.get('a')?.weight, 9));
      await registrar.fail(self, 'GET /readyz answered 503', signal);
      await follower.until(is('a', 'failed'));
      await registrar.heartbeat(self, signal);
      await follower.until(is('a', 'alive'));
      await registrar.leaving(self, signal);
      await follower.until(is('a', 'leaving'));
      await registrar.leave(service(), 'a', signal);
      await follower.until((set) => assert.deepEqual(ids(set), []));
    });

    it('yields nothing for a heartbeat that changes nothing', async () => {
      const registrar = registry().registrar();
      const self = registration(service(), 'a', 1);
      await registrar.join(self, signal);
      const follower = watch();
      await follower.until(is('a', 'alive'));
      for (let beat = 0; beat < 3; beat += 1) await registrar.heartbeat(self, signal);
      await registrar.join(registration(service(), 'b', 2), signal);
      await follower.until(is('b', 'alive'));
      assert.deepEqual(follower.all.map(ids), [['a'], ['a', 'b']]);
    });

    it('shows a member whose lease ran out as failed, and alive again after its next heartbeat', async () => {
      const registrar = registry().registrar(SHORT_TTL_MS);
      const self = registration(service(), 'a');
      await registrar.join(self, signal);
      const follower = watch();
      await follower.until(is('a', 'failed'));
      // More than one: on a busy machine the lease may have run out again before anybody has looked.
      await eventually(async () => {
        await registrar.heartbeat(self, signal);
        const statuses = follower.all.map((set) => set.members.get('a')?.status);
        assert(statuses.lastIndexOf('alive') > statuses.indexOf('failed'), `statuses: ${statuses.join(' ')}`);
      });
    });

    it('keeps a leaving member leaving when its lease runs out: it must get no new request', async () => {
      const registrar = registry().registrar(SHORT_TTL_MS);
      const leaver = registration(service(), 'a', 1);
      await registrar.join(leaver, signal);
      await registrar.leaving(leaver, signal);
      await registrar.join(registration(service(), 'b', 2), signal);
      const follower = watch();
      await follower.until(is('b', 'failed'));
      is('a', 'leaving')(follower.newest());
    });

    it('keeps two services apart', async () => {
      const other = newService();
      const registrar = registry().registrar();
      await registrar.join(registration(service(), 'a', 1), signal);
      await registrar.join(registration(other, 'b', 1), signal);
      const first = watch(service());
      const second = watch(other);
      await first.until((set) => assert.deepEqual(ids(set), ['a']));
      await second.until((set) => assert.deepEqual(ids(set), ['b']));
    });

    it('tells every watcher of one source about a change', async () => {
      const source = registry().source();
      const first = watch(service(), source);
      const second = watch(service(), source);
      await first.until(() => {});
      await second.until(() => {});
      await registry().registrar().join(registration(service(), 'a'), signal);
      await first.until(is('a', 'alive'));
      await second.until(is('a', 'alive'));
    });

    it('serves a member that another tool registered', async () => {
      await registry().putRaw(service(), 'plain-1', { address: '127.0.0.1', port: 8081 });
      const set = await watch().until(is('plain-1', 'alive'));
      const { address, port, boot } = set.members.get('plain-1') ?? {};
      assert.deepEqual({ address, port, boot }, { address: '127.0.0.1', port: 8081, boot: '' });
    });

    it('rejects hostile entries and keeps the rest', async () => {
      await registry()
        .registrar()
        .join(registration(service(), 'good', 3000), signal);
      const follower = watch();
      await follower.until(is('good', 'alive'));
      for (const { id, address, port } of HOSTILE) await registry().putRaw(service(), id, { address, port });
      const set = await follower.until((value) => assert.equal(value.rejected.length, HOSTILE.length));
      assert.deepEqual(ids(set), ['good']);
      for (const { id, reason } of set.rejected) assert.match(`${id} ${reason}`, /^[\x20-\x7e]{5,300}$/);
    });

    it('lets no newcomer take the address of a member', async () => {
      await registry()
        .registrar()
        .join(registration(service(), 'm', 3000), signal);
      const follower = watch();
      await follower.until(is('m', 'alive'));
      await registry().putRaw(service(), 'a-thief', { address: '127.0.0.1', port: 3000 });
      await follower.until((set) =>
        assert.deepEqual(
          set.rejected.map((one) => one.id),
          ['a-thief'],
        ),
      );
      assert.deepEqual(ids(follower.newest()), ['m']);
    });

    it('obeys the address policy that it was given', async () => {
      await registry().registrar().join(registration(service(), 'a'), signal);
      const strict = addressPolicy(['10.0.0.0/8'], []);
      const set = await watch(service(), registry().source(strict)).until((value) =>
        assert.equal(value.rejected.length, 1),
      );
      assert.deepEqual(ids(set), []);
    });

    it('says that a set follows a fault', async () => {
      await registry()
        .registrar()
        .join(registration(service(), 'a', 1), signal);
      const reports: string[] = [];
      const observer = { onFault: () => void reports.push('fault'), onRecovered: () => void reports.push('recovered') };
      const follower = watch(service(), registry().source(CONTRACT_POLICY, observer));
      await follower.until(is('a', 'alive'));
      // On a busy machine the first look at Consul may have come too late.
      assert.equal(follower.all[0]?.afterFault, reports.length > 0);
      const before = follower.all.length;
      reports.length = 0;
      const bringBack = await registry().outage();
      await eventually(() => assert.deepEqual(reports, ['fault']));
      await bringBack();
      await follower.until((set) => assert.equal(set.afterFault, true));
      await registry()
        .registrar()
        .join(registration(service(), 'b', 2), signal);
      await follower.until(is('b', 'alive'));
      const flags = follower.all.slice(before).map((set) => set.afterFault);
      assert.deepEqual([flags.filter(Boolean).length, flags.at(-1)], [1, false]);
    });

    it('ends promptly when the signal aborts, and leaves no listener on it', async () => {
      const controller = new AbortController();
      const iterator = registry().source().watch(service(), controller.signal)[Symbol.asyncIterator]();
      assert.equal((await iterator.next()).done ?? false, false);
      const waiting = iterator.next();
      controller.abort();
      assert.equal((await waiting).done, true);
      await eventually(() => assert.deepEqual(getEventListeners(controller.signal, 'abort'), []));
    });

    it('ends at once when the signal was aborted before', async () => {
      const iterator = registry().source().watch(service(), AbortSignal.abort())[Symbol.asyncIterator]();
      assert.equal((await iterator.next()).done, true);
    });
  });
}

function ids(set: MemberSet): string[] {
  return [...set.members.keys()];
}

function is(id: string, status: MemberStatus): (set: MemberSet) => void {
  return (set) => assert.equal(set.members.get(id)?.status, status, `status of ${id}`);
}

/** The index grows with each yield, and no set equals the one before, but for the one that follows a fault. */
function assertEachYieldIsAChange(sets: readonly MemberSet[]): void {
  for (const [at, set] of sets.entries()) {
    const previous = sets[at - 1];
    if (!previous || set.afterFault) continue;
    assert(BigInt(set.index) > BigInt(previous.index), `index ${set.index} follows ${previous.index}`);
    assert(!sameSet(previous, set), `the same set was yielded twice, as index ${previous.index} and ${set.index}`);
  }
}
