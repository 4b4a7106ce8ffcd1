import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InfraCopy } from '../../support/terraform/copy.js';
import type { Answer, Terraform } from '../../support/terraform/terraform.js';

export const NAMES = ['production', 'staging'] as const;
export type EnvironmentName = (typeof NAMES)[number];

/** What `terraform output` tells of an environment. */
export interface Outputs {
  readonly vpc_id: string;
  readonly public_subnet_ids: Readonly<Record<string, string>>;
  readonly private_subnet_ids: Readonly<Record<string, string>>;
  readonly nat_public_ips: Readonly<Record<string, string>>;
  readonly autoscaling_group_name: string;
  readonly consul_autoscaling_group_name: string;
  readonly lifecycle_hook_name: string;
  readonly secret_parameters: Readonly<Record<string, string>>;
}

/** One change that terraform means to make. */
export interface Change {
  readonly address: string;
  readonly type: string;
  readonly action: string;
}

interface Line {
  readonly type?: string;
  readonly change?: {
    readonly resource: { readonly addr: string; readonly resource_type: string };
    readonly action: string;
  };
}

const PLAN_MS = 400_000;
/** The provider alone waits a minute for a load balancer. */
const APPLY_MS = 800_000;
/** Of the plan's exit codes, with -detailed-exitcode. */
const NOTHING = 0;
const CHANGES = 2;

/** One root of the temporary copy, applied to the mock. */
export class Environment {
  readonly name: EnvironmentName;
  readonly #folder: string;
  readonly #copy: InfraCopy;
  readonly #terraform: Terraform;

  constructor(name: EnvironmentName, copy: InfraCopy, terraform: Terraform) {
    this.name = name;
    this.#copy = copy;
    this.#folder = copy.folder(name);
    this.#terraform = terraform;
    // The only line that is for the mock: of what it lacks we hear in seconds, not after 25 tries.
    copy.write(`${name}/test_override.tf`, 'provider "aws" {\n  max_retries = 3\n}\n');
  }

  /** What a user writes for each roll-out. */
  useImages(tag: string): void {
    const values = `image_registry = "registry.example.com/acme"\nimage_tag      = "${tag}"\n`;
    this.#copy.write(`${this.name}/images.auto.tfvars`, values);
  }

  init(): Promise<Answer> {
    return this.#terraform.initState(this.#folder);
  }

  /** The changes that an apply would make to what is in the state. */
  async plan(args: readonly string[]): Promise<readonly Change[]> {
    const options = ['-json', '-refresh=false', ...args];
    return changesIn(await this.#terraform.call(this.#folder, ['plan', ...options], { deadlineMs: PLAN_MS }));
  }

  /** Applies what the files say, and gives the changes that it made. */
  async apply(): Promise<readonly Change[]> {
    return changesIn(
      await this.#terraform.call(this.#folder, ['apply', '-json', '-auto-approve'], { deadlineMs: APPLY_MS }),
    );
  }

  /** '' where reality is what the files say; else what terraform would change. */
  async drift(): Promise<string> {
    const args = ['plan', '-no-color', '-detailed-exitcode'];
    const { code, output } = await this.#terraform.call(this.#folder, args, {
      codes: [NOTHING, CHANGES],
      deadlineMs: PLAN_MS,
    });
    return code === NOTHING ? '' : output;
  }

  destroy(): Promise<Answer> {
    return this.#terraform.call(this.#folder, ['destroy', '-no-color', '-auto-approve'], { deadlineMs: APPLY_MS });
  }

  async outputs(): Promise<Outputs> {
    const { output } = await this.#terraform.call(this.#folder, ['output', '-json']);
    const values = JSON.parse(output) as Record<string, { readonly value: unknown }>;
    return Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value])) as never as Outputs;
  }

  /** The state as it lies on the disk. */
  state(): string {
    return readFileSync(join(this.#folder, 'terraform.tfstate'), 'utf8');
  }
}

/** Reads of data are no changes. */
function changesIn({ output }: Answer): readonly Change[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return lines.flatMap((text) => {
    const { type, change } = JSON.parse(text) as Line;
    if (type !== 'planned_change' || change === undefined || change.action === 'read') return [];
    return [{ address: change.resource.addr, type: change.resource.resource_type, action: change.action }];
  });
}
