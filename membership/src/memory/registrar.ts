import type { MemberStatus, Registration } from '../member.js';
import type { Registrar } from '../registrar.js';
import { type MemoryStore, memberKey } from './store.js';

export function memoryRegistrar({ store, ttlMs }: { readonly store: MemoryStore; readonly ttlMs: number }): Registrar {
  /** The boots that have announced their leave. */
  const leaving = new Map<string, string>();

  const put = async (self: Registration, status: MemberStatus, signal: AbortSignal) => {
    signal.throwIfAborted();
    store.assertReachable();
    const key = memberKey(self.service, self.id);
    if (status === 'leaving') leaving.set(key, self.boot);
    store.put(self.service, self.id, { ...self, status }, ttlMs);
  };
  const unlessLeaving = (self: Registration, status: MemberStatus): MemberStatus =>
    leaving.get(memberKey(self.service, self.id)) === self.boot ? 'leaving' : status;

  async function remove(service: string, id: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    store.assertReachable();
    leaving.delete(memberKey(service, id));
    store.remove(service, id);
  }

  return {
    name: 'memory',
    async join(self, signal) {
      leaving.delete(memberKey(self.service, self.id));
      await put(self, 'alive', signal);
    },
    heartbeat: (self, signal) => put(self, unlessLeaving(self, 'alive'), signal),
    fail: (self, _reason, signal) => put(self, unlessLeaving(self, 'failed'), signal),
    leaving: (self, signal) => put(self, 'leaving', signal),
    leave: remove,
    evict: remove,
  };
}
