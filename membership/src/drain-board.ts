import { z } from 'zod';

/** What one balancer says of one leaving member. */
export interface Acknowledgement {
  readonly balancer: string;
  /** `drained` is a promise: this balancer sends the member no new request in this boot. */
  readonly state: 'draining' | 'drained';
  /** Requests that this balancer still has open on the member. */
  readonly inFlight: number;
}

/** An acknowledgement as it is stored, under the name of its balancer. */
export const acknowledgementSchema: z.ZodType<Omit<Acknowledgement, 'balancer'>> = z.object({
  state: z.enum(['draining', 'drained']),
  inFlight: z.int().min(0),
});

export const intentSchema = z.enum(['drain', 'leave']);

/** What an operator asked for a member: out of rotation but registered (`drain`), or out of the cluster (`leave`). */
export type Intent = z.infer<typeof intentSchema>;

/** One leave of one member: the boot keeps an old acknowledgement from being taken for a new one. */
export interface LeaveKey {
  readonly service: string;
  readonly id: string;
  readonly boot: string;
}

/**
 * Where balancers and agents talk about one leave, and where an operator's intent lives, so that a watcher restart
 * forgets nothing. In Consul: KV keys `muster/drain/<service>/<id>/<boot>/<balancer>` and `muster/intent/<service>/<id>`;
 * in a file registry: files of the same names. Watches obey the contract of `MembershipSource.watch`: the whole state
 * first, then after each change, retried for ever, ended by `signal`. Unknown or malformed entries are skipped.
 */
export interface DrainBoard {
  acknowledge(key: LeaveKey, acknowledgement: Acknowledgement, signal: AbortSignal): Promise<void>;
  /** By balancer name. */
  watchAcknowledgements(key: LeaveKey, signal: AbortSignal): AsyncIterable<ReadonlyMap<string, Acknowledgement>>;
  /** Removes every acknowledgement of this member, of all boots. */
  clearAcknowledgements(service: string, id: string, signal: AbortSignal): Promise<void>;
  /** `null` removes the intent. */
  setIntent(service: string, id: string, intent: Intent | null, signal: AbortSignal): Promise<void>;
  /** By member id, for all members of the service that have one. */
  watchIntents(service: string, signal: AbortSignal): AsyncIterable<ReadonlyMap<string, Intent>>;
}

/** The service under which balancers themselves join, so that agents know whose acknowledgement to wait for. */
export const BALANCER_SERVICE = 'muster-balancer';

/** Tag of a balancer: the services that it serves, separated by blanks. */
export const SERVICES_TAG = 'services';
