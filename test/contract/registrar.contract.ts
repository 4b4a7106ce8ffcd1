import { strict as assert } from 'node:assert';
import type { MemberSet, MemberStatus } from '@muster/membership';
import type { Follower } from './follow.js';
import { type RegistrySetup, registration, SHORT_TTL_MS, withRegistry } from './harness.js';

/** What every `Registrar` promises, seen through the source of the same registry. */
export function registrarContract(name: string, setup: RegistrySetup): void {
  describe(`registrar contract: ${name}`, () => {
    const signal = new AbortController().signal;
    const { registry, service, watching } = withRegistry(setup);
    let members: Follower<MemberSet>;

    const becomes = (id: string, status: MemberStatus | undefined) =>
      members.until((set) => assert.equal(set.members.get(id)?.status, status, `status of ${id}`));

    beforeEach(() => {
      members = watching((stop) => registry().source().watch(service(), stop));
    });

    it('joins twice without a fault', async () => {
      const registrar = registry().registrar();
      await registrar.join(registration(service(), 'a'), signal);
      await registrar.join(registration(service(), 'a'), signal);
      await becomes('a', 'alive');
    });

    it('replaces the entry when a restarted member joins with a new boot', async () => {
      await registry()
        .registrar()
        .join(registration(service(), 'a', 3000, 'boot1'), signal);
      await members.until((set) => assert.equal(set.members.get('a')?.boot, 'boot1'));
      await registry()
        .registrar()
        .join(registration(service(), 'a', 3001, 'boot2'), signal);
      await members.until((set) => assert.equal(set.members.get('a')?.boot, 'boot2'));
      assert.equal(members.newest().members.get('a')?.port, 3001);
    });

    it('tells what the member can take with its join, and anew when it joins again; nothing said is 100 percent', async () => {
      const registrar = registry().registrar();
      const self = registration(service(), 'a');
      const takes = (percent: number) =>
        members.until((set) => assert.equal(set.members.get('a')?.capacity, percent, 'capacity of a'));
      await registrar.join(self, signal);
      await takes(100);
      await registrar.join({ ...self, capacity: 30 }, signal);
      await takes(30);
      await registrar.heartbeat({ ...self, capacity: 30 }, signal);
      await registrar.leaving({ ...self, capacity: 30 }, signal);
      await becomes('a', 'leaving');
      await takes(30);
      await registrar.join(self, signal);
      await takes(100);
    });

    it('joins with a heartbeat when the registry has never seen the member', async () => {
      await registry().registrar().heartbeat(registration(service(), 'a'), signal);
      await becomes('a', 'alive');
    });

    it('joins again with a heartbeat when the registry has forgotten the member', async () => {
      const registrar = registry().registrar();
      const self = registration(service(), 'a');
      await registrar.join(self, signal);
      await becomes('a', 'alive');
      await registry().registrar().leave(service(), 'a', signal);
      await becomes('a', undefined);
      await registrar.heartbeat(self, signal);
      await becomes('a', 'alive');
    });

    it('comes back as leaving when the registry has forgotten a leaving member', async () => {
      const registrar = registry().registrar();
      const self = registration(service(), 'a');
      await registrar.join(self, signal);
      await registrar.leaving(self, signal);
      await becomes('a', 'leaving');
      await registry().registrar().leave(service(), 'a', signal);
      await becomes('a', undefined);
      await registrar.heartbeat(self, signal);
      await becomes('a', 'leaving');
    });

    it('keeps a leaving member leaving over heartbeats and failures', async () => {
      const registrar = registry().registrar();
      const self = registration(service(), 'a', 1);
      await registrar.join(self, signal);
      await registrar.leaving(self, signal);
      await becomes('a', 'leaving');
      await registrar.heartbeat(self, signal);
      await registrar.fail(self, 'the application has stopped', signal);
      await registrar.heartbeat(self, signal);
      await registrar.join(registration(service(), 'b', 2), signal);
      await becomes('b', 'alive');
      const later = members.all.slice(members.all.findIndex((set) => set.members.get('a')?.status === 'leaving'));
      assert.deepEqual(new Set(later.map((set) => set.members.get('a')?.status)), new Set(['leaving']));
    });

    it('is alive again after a leaving member joins anew', async () => {
      const registrar = registry().registrar();
      await registrar.join(registration(service(), 'a'), signal);
      await registrar.leaving(registration(service(), 'a'), signal);
      await becomes('a', 'leaving');
      await registrar.join(registration(service(), 'a', 3000, 'boot2'), signal);
      await becomes('a', 'alive');
      await registrar.heartbeat(registration(service(), 'a', 3000, 'boot2'), signal);
      await becomes('a', 'alive');
    });

    it('keeps a member alive for as long as it beats', async () => {
      const registrar = registry().registrar(SHORT_TTL_MS);
      const beating = registration(service(), 'a', 1);
      await registrar.join(beating, signal);
      await registrar.join(registration(service(), 'b', 2), signal);
      await members.until(() => {});
      const beats = setInterval(() => void registrar.heartbeat(beating, signal).catch(() => {}), SHORT_TTL_MS / 6);
      try {
        await becomes('b', 'failed');
        await becomes('a', 'alive');
      } finally {
        clearInterval(beats);
      }
    });

    it('marks a member failed that it has never joined, without a fault', async () => {
      const registrar = registry().registrar();
      const self = registration(service(), 'a');
      await registrar.fail(self, 'first probe failed', signal);
      await registrar.heartbeat(self, signal);
      await becomes('a', 'alive');
    });

    it('evicts an entry that another registrar made', async () => {
      await registry().registrar().join(registration(service(), 'a'), signal);
      await becomes('a', 'alive');
      await registry().registrar().evict(service(), 'a', signal);
      await becomes('a', undefined);
    });

    it('leaves an entry that is already gone without a fault', async () => {
      await registry().registrar().leave(service(), 'nobody', signal);
    });

    it('rejects when its signal has been aborted, and writes nothing', async () => {
      const registrar = registry().registrar();
      await assert.rejects(registrar.join(registration(service(), 'a', 1), AbortSignal.abort()));
      await registrar.join(registration(service(), 'b', 2), signal);
      await becomes('b', 'alive');
      assert.equal(members.newest().members.has('a'), false);
    });

    it('refuses an id that no source would accept', async () => {
      const refused = registry().registrar().join(registration(service(), '../evil'), signal);
      await assert.rejects(refused, { name: 'MusterError', retryable: false });
    });
  });
}
