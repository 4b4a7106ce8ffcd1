import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InfraCopy } from '../../support/terraform/copy.js';
import type { Terraform } from '../../support/terraform/terraform.js';

/** What `infra/instance/*` gives for one kind of instance. */
export interface UserData {
  /** As it runs. */
  readonly script: string;
  /** As EC2 takes it. */
  readonly user_data: string;
  /** As EC2 counts it. */
  readonly bytes: number;
}

/** The modules need no provider: each is called by a root of its own, with literal values. */
export class Renderer {
  readonly copy = new InfraCopy();
  readonly #terraform: Terraform;
  #count = 0;

  constructor(terraform: Terraform) {
    this.#terraform = terraform;
  }

  /** The outputs of `infra/instance/KIND` for these values. */
  async render(kind: 'app' | 'consul', values: Readonly<Record<string, unknown>>): Promise<UserData> {
    this.#count += 1;
    const folder = join(this.copy.infra, `root-${this.#count}`);
    mkdirSync(folder);
    // JSON is a syntax of Terraform, in which only ${ and %{ have a meaning of their own.
    const literal = JSON.stringify(values).replace(/([$%])\{/g, '$1$1{');
    const root = `{"module": {"it": {"source": "../instance/${kind}", ${literal.slice(1, -1)}}},
      "output": {"it": {"value": "\${module.it}"}}}`;
    writeFileSync(join(folder, 'main.tf.json'), root);
    await this.#terraform.init(folder);
    await this.#terraform.call(folder, ['apply', '-auto-approve', '-no-color']);
    const { output } = await this.#terraform.call(folder, ['output', '-json', 'it']);
    rmSync(folder, { recursive: true });
    return JSON.parse(output);
  }

  close(): void {
    this.copy.remove();
  }
}
