import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestConsul } from './consul.js';

/** The registry of one cluster. */
export interface ClusterRegistry {
  readonly name: 'file' | 'consul';
  /** Settings that point agents and watcher at it. */
  env(): Readonly<Record<string, string>>;
  /** The server behind it, when it is Consul. */
  readonly consul: TestConsul | null;
  /** The folder behind it, when it is files. */
  readonly dir: string | null;
  stop(): Promise<void>;
}

/** A folder of its own. */
export function fileRegistry(): ClusterRegistry {
  const dir = mkdtempSync(join(tmpdir(), 'muster-registry-'));
  return {
    name: 'file',
    consul: null,
    dir,
    env: () => ({ REGISTRY: 'file', REGISTRY_DIR: dir }),
    stop: async () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** A Consul server of its own. */
export async function consulRegistry(bin: string): Promise<ClusterRegistry> {
  const consul = await TestConsul.start(bin);
  return {
    name: 'consul',
    consul,
    dir: null,
    env: () => ({ REGISTRY: 'consul', CONSUL_HTTP_ADDR: consul.address }),
    stop: () => consul.close(),
  };
}
