import { strict as assert } from 'node:assert';
import type { Account } from './account.js';
import type { Environment, EnvironmentName, Outputs } from './environment.js';

/** An environment that is applied, and what its values ask for. */
export interface Stage {
  readonly name: EnvironmentName;
  readonly environment: Environment;
  readonly account: Account;
  readonly outputs: Outputs;
}

/** What the values of each environment promise (`terraform.tfvars`). */
export const EXPECTED = {
  production: { natGateways: 2, servers: 3, smallest: 2, largest: 6, isProtected: true, isSpot: false },
  staging: { natGateways: 1, servers: 1, smallest: 1, largest: 2, isProtected: false, isSpot: true },
} as const;

/** The only element of an answer. */
export function only<T>(found: readonly T[] | undefined, what: string): T {
  const [one, ...others] = found ?? [];
  if (one === undefined || others.length > 0) assert.fail(`${what}: ${found?.length ?? 0} found, not one`);
  return one;
}

/** What has to be there, such as what the SDK calls optional though AWS always gives it. */
export function given<T>(value: T | undefined | null, what: string): T {
  assert.ok(value !== undefined && value !== null, `there is no ${what}`);
  return value;
}
