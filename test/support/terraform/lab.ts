import { AttachedProvider } from './attached-provider.js';
import { InfraCopy } from './copy.js';
import { COLLECT_LESS, mockAwsEnvironment } from './environment.js';
import { Lanes } from './lanes.js';
import { requireTerraform } from './require-terraform.js';
import type { Terraform } from './terraform.js';
import { runTests, type TestResult } from './test-runs.js';

/** A copy of the infrastructure where many calls of terraform share one provider. None of them can reach AWS. */
export class Lab {
  readonly copy = new InfraCopy();
  readonly #terraform: Terraform;
  readonly #provider: AttachedProvider | null;
  readonly #lanes = new Lanes();
  readonly #ready = new Map<string, Promise<unknown>>();

  private constructor(terraform: Terraform, provider: AttachedProvider | null) {
    this.#terraform = terraform;
    this.#provider = provider;
  }

  /** For `before` hooks, with mocha's `this`: skips or fails as `requireTerraform`. Ends with `close`. */
  static async open(context: { skip(): void; timeout?(ms: number): unknown }): Promise<Lab> {
    const { terraform, provider } = await requireTerraform(context);
    const env = { ...mockAwsEnvironment(process.env), ...COLLECT_LESS };
    const attached = provider === null ? null : await AttachedProvider.start(provider, env);
    return new Lab(terraform.withEnv({ ...COLLECT_LESS, ...attached?.env }), attached);
  }

  /** Checks the form of all files. */
  async format(): Promise<string> {
    const { output } = await this.#terraform.call(this.copy.infra, ['fmt', '-check', '-recursive', '-diff'], {
      codes: [0, 3],
    });
    return output;
  }

  async validate(folder: string): Promise<void> {
    await this.#init(folder);
    await this.#lanes.run(() => this.#terraform.call(this.copy.folder(folder), ['validate', '-no-color']));
  }

  /** What the tests of a module, or of an environment, come to. */
  async tests(folder: string, limits: { readonly deadlineMs?: number } = {}): Promise<TestResult> {
    await this.#init(folder);
    return this.#lanes.run(() => runTests(this.#terraform, this.copy.folder(folder), limits));
  }

  /** What some tests of a module come to after a change of its files. */
  async testsAfter(change: (copy: InfraCopy) => void, module: string, files: readonly string[]): Promise<TestResult> {
    await this.#init(module);
    return this.#lanes.run(async () => {
      const branch = this.copy.branch();
      try {
        change(branch);
        return await runTests(this.#terraform, branch.folder(module), { files });
      } finally {
        branch.remove();
      }
    });
  }

  async close(): Promise<void> {
    await this.#provider?.stop();
    this.copy.remove();
  }

  #init(folder: string): Promise<unknown> {
    const known = this.#ready.get(folder);
    if (known) return known;
    const fresh = this.#lanes.run(() => this.#terraform.init(this.copy.folder(folder)));
    this.#ready.set(folder, fresh);
    return fresh;
  }
}
