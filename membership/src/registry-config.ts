import { z } from 'zod';
import { type AddressPolicy, addressPolicy } from './address-policy.js';
import { type ConsulAddress, parseConsulAddress } from './consul/address.js';
import { consulDrainBoard } from './consul/drain-board.js';
import { consulRegistrar } from './consul/registrar.js';
import { consulSource } from './consul/source.js';
import { consulWeightBoard } from './consul/weight-board.js';
import type { DrainBoard } from './drain-board.js';
import { type CrossCheck, type Env, type EnvValues, envInt, envList, readEnv } from './env.js';
import { errorMessage } from './errors.js';
import { fileDrainBoard } from './file/drain-board.js';
import { fileRegistrar } from './file/registrar.js';
import { fileSource } from './file/source.js';
import { fileWeightBoard } from './file/weight-board.js';
import type { Registrar } from './registrar.js';
import { Secret } from './secret.js';
import type { MembershipSource, SourceObserver } from './source.js';
import type { WeightBoard } from './weight-board.js';

/** Which registry to use and how; the same for agents, watcher and tools. */
export interface RegistryConfig {
  readonly registry: 'file' | 'consul';
  /** Directory of the file registry; null with Consul. */
  readonly dir: string | null;
  /** Consul's HTTP API; null with files. */
  readonly consul: (ConsulAddress & { readonly token: Secret | null }) | null;
  /** Ranges in which members may live. */
  readonly memberCidrs: readonly string[];
  /** Lease of a member in ms: without a heartbeat for this long it is failed. */
  readonly ttlMs: number;
  /** How long the registry keeps a failed entry, in ms. */
  readonly reapAfterMs: number;
}

/**
 * One registry, opened: what joins, what watches, and where leaves are talked about. Nothing needs closing: watches end
 * by their own signals, and idle sockets keep no process alive.
 */
export interface OpenRegistry {
  readonly name: string;
  readonly source: MembershipSource;
  readonly registrar: Registrar;
  readonly board: DrainBoard;
  readonly weights: WeightBoard;
}

const DAY_MS = 86_400_000;

/** The settings of the registry, the same for every process of the cluster; what each means stands in `.env`. */
export const registryShape = {
  REGISTRY: z.enum(['file', 'consul'], 'must be "file" or "consul"').optional(),
  REGISTRY_DIR: z.string().optional(),
  CONSUL_HTTP_ADDR: z.string().optional(),
  CONSUL_HTTP_TOKEN: z
    .string()
    .optional()
    .transform((text) => (text === undefined ? null : new Secret(text))),
  MEMBER_CIDRS: envList('10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7').superRefine(checkCidrs),
  TTL_MS: envInt(100, DAY_MS, 3000),
  // One minute is the smallest that Consul takes.
  REAP_AFTER_MS: envInt(1000, DAY_MS, 60_000),
};

type Values = EnvValues<typeof registryShape>;

/** How long one call of an agent may take, ms: below the TTL, so that one that hangs does not cost the lease. */
export function callDeadlineMs(ttlMs: number): number {
  return Math.max(20, Math.min(1000, ttlMs / 3));
}

/** Faults that show only when several settings are seen together. */
export const registryChecks: readonly CrossCheck<typeof registryShape>[] = [checkRegistry];

/** @throws MusterError `config-invalid` that lists every fault. */
export function readRegistryConfig(env: Env): RegistryConfig {
  return Object.freeze(toRegistryConfig(readEnv(registryShape, env, { crossChecks: registryChecks })));
}

/** For a process that reads these settings together with its own, so that all faults are reported at once. */
export function toRegistryConfig(values: Values): RegistryConfig {
  const registry = kindOf(values);
  const { REGISTRY_DIR: dir = null, CONSUL_HTTP_ADDR: address = null, CONSUL_HTTP_TOKEN: token } = values;
  return {
    registry,
    dir: registry === 'file' ? dir : null,
    consul: registry === 'consul' && address !== null ? { ...parseConsulAddress(address), token } : null,
    memberCidrs: values.MEMBER_CIDRS,
    ttlMs: values.TTL_MS,
    reapAfterMs: values.REAP_AFTER_MS,
  };
}

/**
 * Opens the registry that `config` names. `policy` is the caller's: a watcher forbids more than an agent does. Nothing
 * is connected to yet: a registry that is down is found out, and waited for, by the calls.
 */
export function openRegistry(
  config: RegistryConfig,
  options: { readonly policy: AddressPolicy; readonly observer: SourceObserver },
): OpenRegistry {
  const { ttlMs, reapAfterMs } = config;
  if (config.consul !== null) {
    const { token, ...address } = config.consul;
    const at = { address, ...(token === null ? {} : { token: token.reveal() }) };
    return {
      name: 'consul',
      source: consulSource({ ...at, ...options }),
      registrar: consulRegistrar({ ...at, ttlMs, reapAfterMs }),
      board: consulDrainBoard(at),
      weights: consulWeightBoard(at),
    };
  }
  const dir = config.dir ?? '';
  return {
    name: 'file',
    source: fileSource({ dir, reapAfterMs, ...options }),
    registrar: fileRegistrar({ dir, ttlMs }),
    board: fileDrainBoard({ dir }),
    weights: fileWeightBoard({ dir }),
  };
}

/** Consul when its address is given, else files; `REGISTRY` decides when both could be meant. */
function kindOf(values: Partial<Values>): 'file' | 'consul' {
  return values.REGISTRY ?? (values.CONSUL_HTTP_ADDR === undefined ? 'file' : 'consul');
}

function checkRegistry(values: Partial<Values>): string[] {
  const { REGISTRY_DIR: dir, CONSUL_HTTP_ADDR: address } = values;
  if (kindOf(values) === 'file') {
    return dir === undefined ? ['REGISTRY_DIR: the file registry needs a directory (or set CONSUL_HTTP_ADDR)'] : [];
  }
  if (address === undefined) return ['CONSUL_HTTP_ADDR: REGISTRY=consul needs the address of Consul'];
  try {
    parseConsulAddress(address);
    return [];
  } catch (thrown) {
    return [`CONSUL_HTTP_ADDR: ${errorMessage(thrown)}`];
  }
}

function checkCidrs(cidrs: readonly string[], context: z.RefinementCtx): void {
  for (const cidr of cidrs) {
    try {
      addressPolicy([cidr], []);
    } catch {
      context.addIssue({ code: 'custom', message: `"${cidr}" is not a range like 10.0.0.0/8` });
    }
  }
}
