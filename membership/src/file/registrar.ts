import type { MemberStatus, Registration } from '../member.js';
import type { Registrar } from '../registrar.js';
import { removeDocument, writeDocument } from './document.js';
import { memberFile } from './paths.js';

export interface FileRegistrarOptions {
  /** Directory of the registry (`REGISTRY_DIR`). */
  readonly dir: string;
  /** How long the entry counts as alive without a heartbeat (`TTL_MS`). */
  readonly ttlMs: number;
}

interface Own {
  readonly boot: string;
  readonly status: MemberStatus;
  readonly heartbeat: number;
}

/** One member's file `<dir>/members/<service>/<id>.json`; every call replaces the whole of it. */
export function fileRegistrar({ dir, ttlMs }: FileRegistrarOptions): Registrar {
  const owned = new Map<string, Own>();

  const write = (self: Registration, status: MemberStatus, reason: string, signal: AbortSignal) => {
    const path = memberFile(dir, self.service, self.id);
    const heartbeat = (owned.get(path)?.heartbeat ?? 0) + 1;
    // Remembered before the write: a beat after a fault must say the same again.
    owned.set(path, { boot: self.boot, status, heartbeat });
    writeDocument(path, { ...self, status, reason, ttlMs, heartbeat }, signal);
  };

  /** What this registrar last said of this boot of the member. */
  const isLeaving = (self: Registration): boolean => {
    const own = owned.get(memberFile(dir, self.service, self.id));
    return own?.boot === self.boot && own.status === 'leaving';
  };

  async function remove(service: string, id: string, signal: AbortSignal): Promise<void> {
    const path = memberFile(dir, service, id);
    await removeDocument(path, signal);
    owned.delete(path);
  }

  return {
    name: 'file',
    join: async (self, signal) => write(self, 'alive', '', signal),
    heartbeat: async (self, signal) => write(self, isLeaving(self) ? 'leaving' : 'alive', '', signal),
    fail: async (self, reason, signal) => write(self, isLeaving(self) ? 'leaving' : 'failed', reason, signal),
    leaving: async (self, signal) => write(self, 'leaving', '', signal),
    leave: remove,
    evict: remove,
  };
}
