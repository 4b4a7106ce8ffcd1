import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { RunningProcess, tail } from '../processes.js';

const STARTS_WITHIN_MS = 90_000;

/**
 * One provider process for many calls of terraform. Terraform starts its own for nearly every step of a test, and that start
 * is five sixths of the time of `terraform test` (measured: 28 s of CPU become 5 s). For what never reaches AWS: mocks and
 * `validate`. See "Running a provider in debug mode" in Terraform's documents for plugins.
 */
export class AttachedProvider {
  /** For the environment of terraform. */
  readonly env: Readonly<Record<string, string>>;
  readonly #running: RunningProcess;
  readonly #folder: string;

  private constructor(running: RunningProcess, folder: string, attach: string) {
    this.#running = running;
    this.#folder = folder;
    this.env = { TF_REATTACH_PROVIDERS: attach };
  }

  static async start(bin: string, env: Readonly<Record<string, string>>): Promise<AttachedProvider> {
    const folder = mkdtempSync(join(tmpdir(), 'muster-provider-'));
    const logFile = join(folder, 'log');
    const running = new RunningProcess({ name: 'the AWS provider', command: bin, args: ['-debug'], env, logFile });
    try {
      const attach = await eventually(() => readAttach(logFile), STARTS_WITHIN_MS);
      return new AttachedProvider(running, folder, attach);
    } catch (cause) {
      const log = tail(logFile);
      await running.kill();
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`the provider ${bin} did not say where it listens:\n${log}`, { cause });
    }
  }

  async stop(): Promise<void> {
    await this.#running.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function readAttach(logFile: string): string {
  const attach = /TF_REATTACH_PROVIDERS='(.*)'/.exec(readFileSync(logFile, 'utf8'))?.[1];
  if (attach === undefined) throw new Error('no address yet');
  return attach;
}
