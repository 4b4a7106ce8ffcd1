import { networkInterfaces } from 'node:os';
import {
  Agent,
  addressPolicy,
  BALANCER_SERVICE,
  errorMessage,
  type Logger,
  openRegistry,
  type Registrar,
  type Registration,
  SERVICES_TAG,
} from '@muster/membership';
import type { HaConfig } from './config.js';
import { parseEndpoint } from './endpoint.js';

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
  const { address, port } = parseEndpoint(config.binds[0] ?? '') ?? { address: '', port: 80 };
  const everywhere = address === '' || address === '0.0.0.0' || address === '::';
  return {
    service: BALANCER_SERVICE,
    id: config.balancerId,
    address: everywhere ? ownAddress() : address,
    port,
    weight: 1,
    role: 'balancer',
    boot,
    tags: { [SERVICES_TAG]: config.services.map(({ name }) => name).join(' ') },
  };
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
