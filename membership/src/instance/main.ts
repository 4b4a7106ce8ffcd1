import { anyAddress } from '../agent/balancers.js';
import { listenToSignals } from '../agent/ending.js';
import type { Env } from '../env.js';
import { errorMessage, MusterError } from '../errors.js';
import { createLogger, type Logger } from '../log.js';
import { openRegistry } from '../registry-config.js';
import { autoScalingClient } from './auto-scaling.js';
import { type InstanceConfig, readInstanceConfig } from './config.js';
import { roleCredentials } from './credentials.js';
import { type Identity, learnIdentity } from './identity.js';
import { createImds, type Imds } from './imds.js';
import { runInstanceAgent } from './instance-agent.js';
import { type Lifecycle, openLifecycle } from './lifecycle.js';

const NAME = 'muster-instance-agent';

/** For one request to the metadata service, which is on the machine, and to AWS, which is not. */
const METADATA_TIMEOUT_MS = 1_000;
const AWS_TIMEOUT_MS = 5_000;

/**
 * Runs the agent of one EC2 instance until SIGTERM; resolves with the exit code for the process. It never rejects for a fault
 * of the metadata service, AWS or the registry; 1 = the settings are wrong, and all their faults are in the log.
 */
export async function runInstance(env: Env): Promise<number> {
  const asked = new AbortController();
  const stopListening = listenToSignals(() => asked.abort());
  try {
    await run(readInstanceConfig(env), asked.signal);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof MusterError)) throw thrown;
    createLogger(NAME, 'error').error({ code: thrown.code }, thrown.message);
    return 1;
  } finally {
    stopListening();
  }
}

async function run(config: InstanceConfig, asked: AbortSignal): Promise<void> {
  const log = createLogger(NAME, config.logLevel);
  const imds = createImds({ endpoint: config.metadataEndpoint, timeoutMs: METADATA_TIMEOUT_MS });
  const identity = await learnIdentity(imds, log, asked);
  if (identity === null) return;
  log.info({ ...identity }, 'instance known');
  const lifecycle = lifecycleOf(config, identity, imds);
  void tellHook(lifecycle, config, log, asked);
  const { source, board } = openRegistry(config.registry, { policy: anyAddress, observer: observerOf(log) });
  const settleMs = config.registry.ttlMs;
  await runInstanceAgent(
    { ...config, imds, source, board, address: identity.address, settleMs, lifecycle, log },
    asked,
  );
}

function lifecycleOf(config: InstanceConfig, { instanceId, region }: Identity, imds: Imds): Lifecycle | null {
  const { hook, awsEndpoint: endpoint } = config;
  if (hook === null) return null;
  const credentials = roleCredentials(imds);
  const call = autoScalingClient({ region, endpoint, credentials, timeoutMs: AWS_TIMEOUT_MS });
  return openLifecycle({ call, instanceId, hook });
}

/** A missing right or a wrong name is better known when the instance starts than when it ends. */
async function tellHook(lifecycle: Lifecycle | null, { hook }: InstanceConfig, log: Logger, asked: AbortSignal) {
  if (lifecycle === null) return log.info('no LIFECYCLE_HOOK is set: members leave, and nothing waits for them');
  try {
    log.info({ hook, heartbeatMs: await lifecycle.heartbeatMs(asked) }, 'lifecycle hook to complete');
  } catch (thrown) {
    if (!asked.aborted) log.warn({ hook, error: errorMessage(thrown) }, 'lifecycle hook cannot be read');
  }
}

function observerOf(log: Logger) {
  return {
    onFault: (service: string, error: Error) => log.warn({ service, error: error.message }, 'registry lost'),
    onRecovered: (service: string) => log.info({ service }, 'registry back'),
  };
}
