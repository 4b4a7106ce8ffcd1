import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Exit, RunningProcess } from '../processes.js';

export interface TerraformOptions {
  readonly bin: string;
  /** The whole environment: `mockAwsEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  /** From `locateProvider`. */
  readonly initArguments: readonly string[];
}

export interface CallOptions {
  readonly deadlineMs?: number;
  /** Exit codes that are an answer; any other rejects. Default: only 0. */
  readonly codes?: readonly number[];
}

export interface Answer {
  readonly code: number;
  /** stdout and stderr. */
  readonly output: string;
}

/** After an interrupt Terraform ends its plugins and writes its state; what lasts longer is killed. */
const GRACE_MS = 20_000;

/** Calls the real terraform, one folder at a time, with argument arrays and deadlines. */
export class Terraform {
  readonly #options: TerraformOptions;

  constructor(options: TerraformOptions) {
    this.#options = options;
  }

  /** The same program, with these variables besides. */
  withEnv(env: Readonly<Record<string, string>>): Terraform {
    return new Terraform({ ...this.#options, env: { ...this.#options.env, ...env } });
  }

  /** `terraform init` without a backend. */
  init(folder: string, deadlineMs = 300_000): Promise<Answer> {
    return this.call(folder, ['init', '-backend=false', ...this.#options.initArguments], { deadlineMs });
  }

  /** `terraform init` of a root that keeps its state beside it. */
  initState(folder: string, deadlineMs = 300_000): Promise<Answer> {
    return this.call(folder, ['init', ...this.#options.initArguments], { deadlineMs });
  }

  /**
   * Runs `terraform -chdir=FOLDER ARGS`; the first argument is the subcommand. Rejects, with all that it wrote, when it
   * ends with a code that is no answer or not in time.
   */
  async call(folder: string, args: readonly string[], options: CallOptions = {}): Promise<Answer> {
    const { deadlineMs = 180_000, codes = [0] } = options;
    const logs = mkdtempSync(join(tmpdir(), 'muster-terraform-'));
    const logFile = join(logs, 'output');
    try {
      const { exit, isLate } = await this.#run([`-chdir=${folder}`, ...args], logFile, deadlineMs);
      const output = readFileSync(logFile, 'utf8');
      const code = exit.code ?? -1;
      if (!isLate && codes.includes(code)) return { code, output };
      const how = isLate ? `did not end within ${deadlineMs} ms` : `ended with ${exit.code ?? exit.signal}`;
      throw new Error(`terraform ${args.join(' ')} in ${folder} ${how}:\n${output}`);
    } finally {
      rmSync(logs, { recursive: true, force: true });
    }
  }

  async #run(args: readonly string[], logFile: string, deadlineMs: number): Promise<{ exit: Exit; isLate: boolean }> {
    const { bin, env } = this.#options;
    const running = new RunningProcess({ name: 'terraform', command: bin, args, env, logFile });
    const endWithUs = (): void => running.signalAll('SIGKILL');
    process.once('exit', endWithUs);
    let isLate = false;
    const interrupt = setTimeout(() => {
      isLate = true;
      running.signal('SIGINT');
    }, deadlineMs);
    const kill = setTimeout(() => running.signalAll('SIGKILL'), deadlineMs + GRACE_MS);
    const exit = await running.exited;
    clearTimeout(interrupt);
    clearTimeout(kill);
    // Killed or crashed it leaves its plugins behind.
    if (exit.code === null || isLate) await running.kill();
    process.off('exit', endWithUs);
    return { exit, isLate };
  }
}
