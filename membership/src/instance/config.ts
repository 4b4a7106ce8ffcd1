import { z } from 'zod';
import { commonShape } from '../common-config.js';
import { type Env, envInt, envList, readEnv } from '../env.js';
import { freezeDeep } from '../freeze.js';
import {
  callDeadlineMs,
  type RegistryConfig,
  registryChecks,
  registryShape,
  toRegistryConfig,
} from '../registry-config.js';
import { SERVICE_PATTERN } from '../schema.js';

/** Everything an instance agent is told at its start; frozen. */
export interface InstanceConfig {
  readonly logLevel: string;
  readonly registry: RegistryConfig;
  /** For one call to the registry. */
  readonly callDeadlineMs: number;
  /** Services whose members may live on this instance. */
  readonly services: readonly string[];
  readonly pollMs: number;
  readonly leaveTimeoutMs: number;
  /** The hook that holds the instance; null: none. */
  readonly hook: string | null;
  readonly metadataEndpoint: string;
  /** Null: AWS's own. */
  readonly awsEndpoint: string | null;
}

const HOUR_MS = 3_600_000;

/** An address of an HTTP service, without the slash at its end. */
const endpoint = z
  .string()
  .regex(/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/, 'must be an address like http://127.0.0.1:5000')
  .transform((text) => text.replace(/\/+$/, ''));

/** The settings of the instance agent; what each means stands in `.env`. */
const shape = {
  ...registryShape,
  LOG_LEVEL: commonShape.LOG_LEVEL,
  SERVICES: envList('webapp').transform(readServices),
  INSTANCE_POLL_MS: envInt(100, HOUR_MS, 5_000),
  INSTANCE_LEAVE_TIMEOUT_MS: envInt(0, 2 * HOUR_MS, 300_000),
  // It stands in requests as it is; AWS allows 255 characters.
  LIFECYCLE_HOOK: z.string().max(255, 'must have 255 characters at most').optional(),
  AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint.default('http://169.254.169.254'),
  AWS_ENDPOINT_URL: endpoint.optional(),
};

/** @throws MusterError `config-invalid` that lists every fault. */
export function readInstanceConfig(env: Env): InstanceConfig {
  const values = readEnv(shape, env, { crossChecks: registryChecks });
  return freezeDeep({
    logLevel: values.LOG_LEVEL,
    registry: toRegistryConfig(values),
    callDeadlineMs: callDeadlineMs(values.TTL_MS),
    services: values.SERVICES,
    pollMs: values.INSTANCE_POLL_MS,
    leaveTimeoutMs: values.INSTANCE_LEAVE_TIMEOUT_MS,
    hook: values.LIFECYCLE_HOOK ?? null,
    metadataEndpoint: values.AWS_EC2_METADATA_SERVICE_ENDPOINT,
    awsEndpoint: values.AWS_ENDPOINT_URL ?? null,
  });
}

/** As the watcher's: `webapp,api=/api`. The paths are the balancer's business. */
function readServices(entries: readonly string[], context: z.RefinementCtx): readonly string[] {
  const names = entries.map((entry) => entry.replace(/=.*$/, ''));
  const wrong = names.filter((name) => !SERVICE_PATTERN.test(name));
  for (const name of wrong) context.addIssue({ code: 'custom', message: `"${name}" is no name of a service` });
  if (names.length === 0) context.addIssue({ code: 'custom', message: 'must name one service at least' });
  return names;
}
