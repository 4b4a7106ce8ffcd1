import { strict as assert } from 'node:assert';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { inspect } from './container.js';
import { docker } from './docker.js';
import { type Tree, writeTree } from './init-tree.js';

/** `STANDIN=image` runs the suite on an image with the real s6-overlay. */
export const IMAGE = process.env.STANDIN ?? 'muster-ci/debian:trixie';

/** What the product's images set. */
const SETTINGS = { S6_KILL_GRACETIME: '0', S6_VERBOSITY: '1', S6_READ_ONLY_ROOT: '1' };

export interface InitOptions {
  /** More arguments for `docker create`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
}

/** Arguments: as the product's user, without a way to become another. */
export const UNPRIVILEGED = ['--user', '10001:10001', '--security-opt', 'no-new-privileges'] as const;

/** Arguments: a /run of that user's own. */
export function tmpfs(exec: 'exec' | 'noexec'): readonly string[] {
  return ['--tmpfs', `/run:${exec},uid=10001,gid=10001,mode=0755`];
}

const folders: string[] = [];
const ids: string[] = [];

/** A container in which /init runs a service tree. */
export class InitContainer {
  private constructor(readonly id: string) {}

  static async start(tree: Tree, { args = [], env = {}, command = [] }: InitOptions = {}): Promise<InitContainer> {
    const folder = writeTree(tree);
    folders.push(folder);
    chmodSync(folder, 0o755);
    const mounts = ['s6-rc.d', 'user'].flatMap((name) => {
      const target = name === 'user' ? 'user-bundles.d/user' : name;
      return ['--volume', `${join(folder, name)}:/etc/s6-overlay/${target}:ro`];
    });
    const settings = Object.entries({ ...SETTINGS, ...env }).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const options = ['--network', 'none', '--entrypoint', '/init', ...mounts, ...settings, ...args];
    const id = await docker(['create', ...options, IMAGE, ...command]);
    ids.push(id);
    await docker(['start', id]);
    return new InitContainer(id);
  }

  /** Like `start`, for a tree with an agent, and waits until that is ready. */
  static async boot(tree: Tree, options: InitOptions = {}): Promise<InitContainer> {
    const container = await InitContainer.start(tree, options);
    await container.hears('agent ready');
    return container;
  }

  /** What its services have said so far, line by line. */
  async said(): Promise<string[]> {
    return (await docker(['logs', this.id])).split(/\r?\n/).filter(Boolean);
  }

  /** Waits until a line has been said, or has been said so many times. */
  async hears(wanted: string | RegExp, times = 1): Promise<void> {
    await eventually(async () => {
      const lines = await this.said();
      const found = lines.filter((line) => (typeof wanted === 'string' ? line === wanted : wanted.test(line))).length;
      assert.ok(found >= times, `"${wanted}" was said ${found} times: ${JSON.stringify(lines)}`);
    });
  }

  async startAgain(): Promise<void> {
    await docker(['start', this.id]);
  }

  exec(...command: readonly string[]): Promise<string> {
    return docker(['exec', this.id, ...command]);
  }

  pidOf(service: string): Promise<string> {
    return this.exec('/command/s6-svstat', '-o', 'pid', `/run/service/${service}`);
  }

  /** `s6-svc`: a signal, by its option. */
  async svc(option: string, service: string): Promise<void> {
    await this.exec('/command/s6-svc', option, `/run/service/${service}`);
  }

  /** `docker stop`: its exit code, and how long it took. */
  async stop(patienceSeconds = 30): Promise<{ readonly code: number; readonly tookMs: number }> {
    const startMs = performance.now();
    await docker(['stop', '--time', String(patienceSeconds), this.id]);
    const tookMs = performance.now() - startMs;
    return { code: (await inspect(this.id)).State.ExitCode, tookMs };
  }

  /** Waits for its end; the exit code. */
  async end(): Promise<number> {
    return Number(await docker(['wait', this.id], { deadlineMs: 40_000 }));
  }
}

/** Removes every container and folder that was made. */
export async function removeAll(): Promise<void> {
  if (ids.length > 0) await docker(['rm', '--force', ...ids.splice(0)]);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
