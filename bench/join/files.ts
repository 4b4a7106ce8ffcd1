import { mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { fileRegistrar } from '@muster/membership';
import type { BenchRegistry } from './registry.js';

/** Nobody beats here: an entry must stay alive without. */
const TTL_MS = 86_400_000;

/** Member files: written by the product's registrar, as an agent does; the floor sees them with a bare `fs.watch`. */
export function filesBench(dir: string): BenchRegistry {
  const registrar = fileRegistrar({ dir, ttlMs: TTL_MS });
  const never = new AbortController().signal;
  return {
    title: 'file registry',
    join: (service, id, { address, port }) =>
      registrar.join(
        { service, id, address, port, weight: 1, role: 'backend', boot: '0123456789abcdef', tags: {} },
        never,
      ),
    leave: (service, id) => registrar.leave(service, id, never),
    async expect(service, id) {
      const folder = join(dir, 'members', service);
      mkdirSync(folder, { recursive: true });
      const told = new Promise<void>((resolve) => {
        const watcher = watch(folder, (_event, name) => {
          if (name !== `${id}.json` || !isWhole(join(folder, name), id)) return;
          watcher.close();
          resolve();
        });
      });
      return { told };
    },
    close: () => undefined,
  };
}

function isWhole(path: string, id: string): boolean {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).id === id;
  } catch {
    return false;
  }
}
