import { LARGEST_WEIGHT } from '@muster/membership';

/** What decides about one server's weight. */
export interface Weighed {
  readonly id: string;
  /** In force: the operator's, or the member's own; 0–256. */
  readonly weight: number;
  /** Percent of its share that the member can take now, 1–100. */
  readonly capacity: number;
}

/**
 * The weights of a backend's servers by id, 0–256: weight x capacity. While every member can take its whole share they are
 * the weights as they were set. Otherwise all are scaled by one factor, which the set weights alone decide: a member that
 * changes its capacity then changes its own server only. None above 0 falls to 0, which would be a drain.
 *
 * `ringWeight` is for balancers that share by a ring of points: there all are always scaled, so that the largest weight is
 * this one, because few points make uneven shares and each other factor moves keys. Null = no ring.
 */
export function serverWeights(members: readonly Weighed[], ringWeight: number | null): ReadonlyMap<string, number> {
  const largest = Math.max(1, ...members.map(({ weight }) => weight));
  const asSet = ringWeight === null && members.every(({ capacity }) => capacity === 100);
  const scaled = ({ weight, capacity }: Weighed) =>
    Math.max(Math.sign(weight), Math.round((weight * capacity * (ringWeight ?? LARGEST_WEIGHT)) / (100 * largest)));
  return new Map(members.map((one) => [one.id, asSet ? one.weight : scaled(one)]));
}
