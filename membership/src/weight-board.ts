import { z } from 'zod';
import { MusterError } from './errors.js';

/** The largest weight that balancers share requests by (HAProxy configuration manual, `weight`); a larger one is refused. */
export const LARGEST_WEIGHT = 256;

/** A weight as an operator may set it, or a member have as its own: 0 (no new requests) to `LARGEST_WEIGHT`. */
export const weightSchema = z.int().min(0).max(LARGEST_WEIGHT);

/**
 * Where the weights that operators set live. One that is set stands in the place of the member's own until it is reset:
 * for every balancer, over restarts of watchers, and for the next boot of the member. In Consul: KV keys
 * `muster/weight/<service>/<id>`; in a file registry: files of the same names.
 */
export interface WeightBoard {
  /** `null` gives the member its own weight back. @throws MusterError `weight-invalid`, `name-invalid`, or a fault of the registry. */
  setWeight(service: string, id: string, weight: number | null, signal: AbortSignal): Promise<void>;
  /**
   * By member id, for all members of the service that have one. The rules of `DrainBoard.watchIntents`: the whole state
   * first, then after each change, retried for ever, ended by `signal`; malformed entries are skipped.
   */
  watchWeights(service: string, signal: AbortSignal): AsyncIterable<ReadonlyMap<string, number>>;
}

/** @throws MusterError `weight-invalid`, before the registry is asked. */
export function checkedWeight(weight: number): number {
  if (weightSchema.safeParse(weight).success) return weight;
  throw new MusterError('weight-invalid', `the weight ${weight} is not a whole number from 0 to ${LARGEST_WEIGHT}`);
}
