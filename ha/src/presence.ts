import {
  Agent,
  addressPolicy,
  BALANCER_SERVICE,
  errorMessage,
  firstOwnAddress,
  type Logger,
  openRegistry,
  type Registrar,
  type Registration,
  SERVICES_TAG,
} from '@muster/membership';
import type { HaConfig } from './config.js';
import { isEverywhere, parseEndpoint } from './endpoint.js';

export interface PresenceOptions {
  readonly registrar: Registrar;
  readonly self: Registration;
  /** Between heartbeats. */
  readonly heartbeatMs: number;
  readonly log: Logger;
}

const CALL_DEADLINE_MS = 1_000;

/**
 * Keeps this balancer listed under `muster-balancer`, so that agents know whose acknowledgement to wait for: it joins
 * like any member, by the same agent. Runs until `signal` aborts and leaves the entry to its lease: the balancer serves
 * on without its watcher, and an agent must not take that for its absence. Never rejects.
 */
export async function keepPresence(options: PresenceOptions, signal: AbortSignal): Promise<void> {
  const agent = new Agent({ ...options, callDeadlineMs: CALL_DEADLINE_MS });
  agent.report('app-healthy');
  await agent.run(signal);
}

/** Takes this balancer's entry away: for a supervisor whose balancer has ended. */
export async function depart(config: HaConfig, log: Logger): Promise<void> {
  const policy = addressPolicy([], []);
  const observer = { onFault: () => {}, onRecovered: () => {} };
  const { registrar } = openRegistry(config.registry, { policy, observer });
  try {
    await registrar.leave(BALANCER_SERVICE, config.balancerId, AbortSignal.timeout(CALL_DEADLINE_MS));
  } catch (error) {
    log.warn({ balancer: config.balancerId, reason: errorMessage(error) }, 'balancer entry not removed');
  }
}

/** What a balancer says of itself: its id is the name in its acknowledgements. */
export function balancerRegistration(config: HaConfig, boot: string): Registration {
  const bind = parseEndpoint(config.binds[0] ?? '') ?? { address: '', port: 80 };
  return {
    service: BALANCER_SERVICE,
    id: config.balancerId,
    address: isEverywhere(bind) ? publicAddress(config) : bind.address,
    port: bind.port,
    weight: 1,
    role: 'balancer',
    boot,
    tags: { [SERVICES_TAG]: config.services.map(({ name }) => name).join(' ') },
  };
}

/** Of several networks the one of stats and API is closed to those who would come here. */
function publicAddress({ statsBind, apiBind }: HaConfig): string {
  const closed = [parseEndpoint(statsBind)?.address ?? '', apiBind.address];
  return firstOwnAddress(closed) ?? firstOwnAddress() ?? '127.0.0.1';
}
