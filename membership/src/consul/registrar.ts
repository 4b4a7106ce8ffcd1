import { z } from 'zod';
import { MusterError } from '../errors.js';
import type { Registration } from '../member.js';
import type { Registrar } from '../registrar.js';
import { checkedName } from '../schema.js';
import { ConsulClient, type ConsulOptions } from './client.js';
import { metaOf, serviceIdOf } from './schema.js';

export interface ConsulRegistrarOptions extends ConsulOptions {
  /** Lease in ms: without a heartbeat for this long the member is failed. Consul takes less than a second too. */
  readonly ttlMs: number;
  /** Consul removes an entry that has been critical for this long, in ms. Consul makes at least one minute of it. */
  readonly reapAfterMs: number;
}

const catalogSchema = z.array(z.object({ ServiceID: z.string(), Node: z.string() }));
const localSchema = z.record(z.string(), z.unknown());

type CheckStatus = 'passing' | 'critical';

/**
 * One service per member on the Consul agent at `address`, with a TTL check. The status of the member is the check, the
 * announced leave is service meta.
 */
export function consulRegistrar(options: ConsulRegistrarOptions): Registrar {
  return new ConsulRegistrar(options);
}

class ConsulRegistrar implements Registrar {
  readonly name = 'consul';
  readonly #options: ConsulRegistrarOptions;
  /** Two, so that a heartbeat need not wait for a slow registration. */
  readonly #client: ConsulClient;
  /** Boots that announced their leave, by service id: what to write when Consul has forgotten the entry. */
  readonly #leaving = new Map<string, string>();

  constructor(options: ConsulRegistrarOptions) {
    this.#options = options;
    this.#client = new ConsulClient(options, 2);
  }

  async join(self: Registration, signal: AbortSignal): Promise<void> {
    this.#leaving.delete(serviceIdOf(self.service, self.id));
    await this.#register(self, 'passing', signal);
    // Consul keeps the status of a check that exists, so that the entry of a failed member would stay critical.
    await this.#setCheck(self, 'passing', '', signal);
  }

  async heartbeat(self: Registration, signal: AbortSignal): Promise<void> {
    await this.#setOrRegister(self, 'passing', '', signal);
  }

  async fail(self: Registration, reason: string, signal: AbortSignal): Promise<void> {
    await this.#setOrRegister(self, 'critical', reason, signal);
  }

  /** The check keeps its status; only its lease starts anew. */
  async leaving(self: Registration, signal: AbortSignal): Promise<void> {
    this.#leaving.set(serviceIdOf(self.service, self.id), self.boot);
    await this.#register(self, 'passing', signal);
  }

  async leave(service: string, id: string, signal: AbortSignal): Promise<void> {
    assertNames(service, id);
    const serviceId = serviceIdOf(service, id);
    await this.#client
      .call(
        `deregister ${serviceId}`,
        (consul, call) => consul.agent.service.deregister({ id: serviceId, ...call }),
        signal,
      )
      .catch(unlessNotFound);
    this.#leaving.delete(serviceId);
  }

  /** Another tool's entry has its own service id, and lives on the Consul agent that it was registered with. */
  async evict(service: string, id: string, signal: AbortSignal): Promise<void> {
    await this.leave(service, id, signal);
    const listed = await this.#client.call(
      `list ${service}`,
      (consul, call) => consul.catalog.service.nodes({ service, ...call }),
      signal,
    );
    const foreign = catalogSchema.parse(listed.body).find((entry) => entry.ServiceID === id);
    if (!foreign) return;
    const local = await this.#client.call(
      'list services',
      (consul, call) => consul.agent.service.list(call as object),
      signal,
    );
    if (!Object.hasOwn(localSchema.parse(local.body), id)) throw elsewhere(service, id, foreign.Node);
    await this.#client.call(
      `deregister ${id}`,
      (consul, call) => consul.agent.service.deregister({ id, ...call }),
      signal,
    );
  }

  async #setOrRegister(self: Registration, status: CheckStatus, note: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#setCheck(self, status, note, signal);
    } catch (error) {
      if (!isUnknownCheck(error)) throw error;
      await this.#register(self, status, signal);
      await this.#setCheck(self, status, note, signal);
    }
  }

  async #setCheck(self: Registration, status: CheckStatus, note: string, signal: AbortSignal): Promise<void> {
    assertNames(self.service, self.id);
    const check = { id: checkIdOf(self), ...(note === '' ? {} : { note: note.slice(0, 500) }) };
    await this.#client.call(
      `set check ${check.id} to ${status}`,
      (consul, call) =>
        status === 'passing'
          ? consul.agent.check.pass({ ...check, ...call })
          : consul.agent.check.fail({ ...check, ...call }),
      signal,
    );
  }

  async #register(self: Registration, status: CheckStatus, signal: AbortSignal): Promise<void> {
    assertNames(self.service, self.id);
    const id = serviceIdOf(self.service, self.id);
    const entry = {
      id,
      name: self.service,
      address: self.address,
      port: self.port,
      meta: metaOf(self, this.#leaving.get(id) === self.boot),
      check: this.#check(self, status),
    };
    await this.#client.call(
      `register ${id}`,
      (consul, call) => consul.agent.service.register({ ...entry, ...call }),
      signal,
    );
  }

  #check(self: Registration, status: CheckStatus) {
    return {
      checkid: checkIdOf(self),
      name: `lease of ${self.id}`,
      ttl: `${this.#options.ttlMs}ms`,
      timeout: '',
      status,
      deregistercriticalserviceafter: `${this.#options.reapAfterMs}ms`,
    };
  }
}

function elsewhere(service: string, id: string, node: string): MusterError {
  const what = `removing ${service}/${id} failed: it was registered with the Consul agent of node ${node}`;
  return new MusterError('member-elsewhere', `${what}; deregister it there`);
}

function checkIdOf(self: Registration): string {
  return `service:${serviceIdOf(self.service, self.id)}`;
}

/** Consul 1.8 answers 500 "does not have associated TTL", newer ones 404 "Unknown check ID". */
function isUnknownCheck(error: unknown): boolean {
  if (!(error instanceof MusterError)) return false;
  return error.code === 'consul-not-found' || /does not have associated TTL|unknown check/i.test(error.message);
}

/** Consul 1.8 answers 200 when a service is already gone, newer ones 404. */
function unlessNotFound(error: unknown): void {
  if (!(error instanceof MusterError) || error.code !== 'consul-not-found') throw error;
}

/** Refuses early what every source would reject later, in a place where somebody reads it. */
function assertNames(service: string, id: string): void {
  checkedName('service', service);
  checkedName('member id', id);
}
