import { networkInterfaces } from 'node:os';
import {
  BALANCER_SERVICE,
  backoff,
  errorMessage,
  type Logger,
  type Registrar,
  type Registration,
  SERVICES_TAG,
  sleep,
} from '@muster/membership';
import type { HaConfig } from './config.js';
import { endpointOf } from './site.js';

export interface PresenceOptions {
  readonly registrar: Registrar;
  readonly self: Registration;
  /** Between heartbeats. */
  readonly intervalMs: number;
  readonly logger: Logger;
}

const CALL_TIMEOUT_MS = 2_000;

/**
 * Keeps this balancer listed under `muster-balancer`, so that agents know whose acknowledgement to wait for. Runs until
 * `signal` aborts, then takes the entry away. Never rejects: a balancer serves whether it is listed or not.
 */
export async function keepPresence(
  { registrar, self, intervalMs, logger }: PresenceOptions,
  signal: AbortSignal,
): Promise<void> {
  const faults = backoff(100, 2_000);
  const deadline = () => AbortSignal.timeout(CALL_TIMEOUT_MS);
  let joined = false;
  let reachable = true;
  while (!signal.aborted) {
    try {
      if (joined) await registrar.heartbeat(self, deadline());
      else await registrar.join(self, deadline());
      joined = true;
      if (!reachable) logger.info({ balancer: self.id }, 'balancer listed again');
      reachable = true;
      faults.reset();
      await sleep(intervalMs, signal);
    } catch (error) {
      if (reachable) logger.warn({ balancer: self.id, reason: errorMessage(error) }, 'balancer not listed');
      reachable = false;
      await sleep(faults.next(), signal);
    }
  }
  if (joined) await leave(registrar, self, logger);
}

/** What a balancer says of itself: its id is the name in its acknowledgements. */
export function balancerRegistration(config: HaConfig, boot: string): Registration {
  const { host, port } = endpointOf(config.binds[0] ?? ':80');
  const tags = { [SERVICES_TAG]: config.services.map(({ name }) => name).join(' ') };
  const address = host === '' || host === '*' || host === '0.0.0.0' || host === '::' ? ownAddress() : host;
  return {
    service: BALANCER_SERVICE,
    id: config.balancerId,
    address,
    port,
    weight: 1,
    role: 'balancer',
    boot,
    tags,
  };
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

async function leave(registrar: Registrar, self: Registration, logger: Logger): Promise<void> {
  try {
    await registrar.leave(self.service, self.id, AbortSignal.timeout(CALL_TIMEOUT_MS));
  } catch (error) {
    logger.warn({ balancer: self.id, reason: errorMessage(error) }, 'balancer entry not removed');
  }
}
