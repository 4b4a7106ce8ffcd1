import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { type AddressPolicy, addressPolicy } from '../address-policy.js';
import { commonShape, healthPath } from '../common-config.js';
import { type CrossCheck, type Env, type EnvValues, envInt, envList, readEnv } from '../env.js';
import { freezeDeep } from '../freeze.js';
import type { Registration } from '../member.js';
import { firstOwnAddress, isHostName } from '../own-address.js';
import {
  callDeadlineMs,
  type RegistryConfig,
  registryChecks,
  registryShape,
  toRegistryConfig,
} from '../registry-config.js';
import { ID_PATTERN, parseMember, SERVICE_PATTERN } from '../schema.js';
import { LARGEST_WEIGHT } from '../weight-board.js';
import { DEFAULTS } from './defaults.js';
import type { HealthRule } from './health.js';
import type { ProbeEndpoint } from './probe.js';

/** Everything an agent is told at its start; frozen. */
export interface AgentConfig {
  readonly logLevel: string;
  readonly registry: RegistryConfig;
  /** What it says of its member; the boot is new at each start. The address may be a name: see `resolveAddress`. */
  readonly self: Registration;
  readonly heartbeatMs: number;
  /** For one call to the registry. */
  readonly callDeadlineMs: number;
  readonly probe: HealthRule & {
    readonly endpoint: ProbeEndpoint;
    readonly intervalMs: number;
    readonly timeoutMs: number;
  };
  /** What latency is still fine, ms, or null: the member's capacity is not looked at. */
  readonly adaptiveTargetMs: number | null;
  readonly drainTimeoutMs: number;
  readonly appStopTimeoutMs: number;
  /** File descriptor that s6 waits on for a newline, or null. */
  readonly notifyFd: number | null;
}

const DAY_MS = 86_400_000;

/** The settings of the agent; what each means stands in `.env`. */
const shape = {
  ...registryShape,
  ...commonShape,
  SERVICE: z.string().regex(SERVICE_PATTERN, 'must be lower-case letters, digits and "-"').default(DEFAULTS.service),
  MEMBER_ID: z.string().regex(ID_PATTERN, 'may hold letters, digits and "_.:-" only').default(hostname),
  MEMBER_ADDRESS: z.string().default(() => firstOwnAddress() ?? ''),
  PORT: envInt(1, 65535, DEFAULTS.port),
  WEIGHT: envInt(0, LARGEST_WEIGHT, 1),
  ROLE: z.string().default('backend'),
  TAGS: envList('').transform(readTags),
  HEARTBEAT_MS: envInt(50, DAY_MS, 1000),
  HEALTH_PATH: healthPath,
  PROBE_INTERVAL_MS: envInt(20, DAY_MS, 500),
  PROBE_TIMEOUT_MS: envInt(10, DAY_MS, 1000),
  PROBE_RISE: envInt(1, 100, 1),
  PROBE_FALL: envInt(1, 100, 2),
  ADAPTIVE_WEIGHT: z.enum(['on', 'off'], 'must be "on" or "off"').default('off'),
  ADAPTIVE_TARGET_MS: envInt(1, DAY_MS, 50),
  APP_STOP_TIMEOUT_MS: envInt(0, DAY_MS, 10_000),
};

type Values = EnvValues<typeof shape>;

/** @throws MusterError `config-invalid` that lists every fault. */
export function readAgentConfig(env: Env): AgentConfig {
  const crossChecks: CrossCheck<typeof shape>[] = [checkLease, checkMember, ...registryChecks];
  const values = readEnv(shape, env, { mayBeEmpty: ['HEALTH_PATH'], crossChecks });
  const self = registrationOf(values);
  return freezeDeep({
    logLevel: values.LOG_LEVEL,
    registry: toRegistryConfig(values),
    self,
    heartbeatMs: values.HEARTBEAT_MS,
    callDeadlineMs: callDeadlineMs(values.TTL_MS),
    probe: {
      endpoint: { address: self.address, port: self.port, path: values.HEALTH_PATH },
      intervalMs: values.PROBE_INTERVAL_MS,
      timeoutMs: values.PROBE_TIMEOUT_MS,
      rise: values.PROBE_RISE,
      fall: values.PROBE_FALL,
    },
    adaptiveTargetMs: values.ADAPTIVE_WEIGHT === 'on' ? values.ADAPTIVE_TARGET_MS : null,
    drainTimeoutMs: values.DRAIN_TIMEOUT_MS,
    appStopTimeoutMs: values.APP_STOP_TIMEOUT_MS,
    notifyFd: values.NOTIFY_FD,
  });
}

function registrationOf(values: Values): Registration {
  return {
    service: values.SERVICE,
    id: values.MEMBER_ID,
    address: values.MEMBER_ADDRESS,
    port: values.PORT,
    weight: values.WEIGHT,
    role: values.ROLE,
    boot: randomBytes(8).toString('hex'),
    tags: values.TAGS,
  };
}

/** One heartbeat may be lost without losing the lease. */
function checkLease({ HEARTBEAT_MS, TTL_MS }: Partial<Values>): string[] {
  if (HEARTBEAT_MS === undefined || TTL_MS === undefined || HEARTBEAT_MS * 2 <= TTL_MS) return [];
  return [`HEARTBEAT_MS: ${HEARTBEAT_MS} must be at most half of TTL_MS (${TTL_MS})`];
}

/** What a name stands for is judged once it is known. */
const ANY_NAME: AddressPolicy = { check: (address) => ({ address }) };

/** The watcher would refuse such a member: better said here, where it can be set right. */
function checkMember(values: Partial<Values>): string[] {
  const { MEMBER_CIDRS, MEMBER_ID, MEMBER_ADDRESS, ROLE, TAGS } = values;
  if (MEMBER_CIDRS === undefined || MEMBER_ID === undefined || TAGS === undefined) return [];
  if (MEMBER_ADDRESS === undefined || MEMBER_ADDRESS === '')
    return ['MEMBER_ADDRESS: this machine has no IPv4 address: set one'];
  const fields = { id: MEMBER_ID, address: MEMBER_ADDRESS, role: ROLE, tags: TAGS };
  const member = parseMember(
    { ...fields, port: values.PORT ?? 1, weight: 1, boot: '', status: 'alive' },
    isHostName(MEMBER_ADDRESS) ? ANY_NAME : addressPolicy(MEMBER_CIDRS, []),
  );
  return 'reason' in member ? [`MEMBER_ADDRESS, ROLE or TAGS: ${member.reason}: ${MEMBER_ADDRESS} ${ROLE}`] : [];
}

function readTags(entries: readonly string[], context: z.RefinementCtx): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {};
  for (const entry of entries) {
    const at = entry.indexOf('=');
    if (at < 1) context.addIssue({ code: 'custom', message: `"${entry}" is not key=value` });
    else tags[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return tags;
}
