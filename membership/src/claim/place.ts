import { errorMessage } from '../errors.js';

/** Who claims which address. */
export interface Place {
  readonly service: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/** What a registry says of one member: as it is stored, so anything. */
export interface Claimed {
  readonly service: unknown;
  readonly id: unknown;
  readonly boot: unknown;
  readonly address: unknown;
  readonly port: unknown;
}

/**
 * Whether an entry stands in the way: another member's, of any service, at our address and port, made by an agent. What
 * another tool registered is left alone: nobody would bring it back.
 */
export function isRival(entry: Claimed, place: Place): boolean {
  const { service, id, boot, address, port } = entry;
  const isOwn = service === place.service && id === place.id;
  return !isOwn && address === place.address && port === place.port && typeof boot === 'string' && boot !== '';
}

/**
 * Removes every rival, also when another one cannot be removed; gives those that are gone, as `service/id`. `remove` gives
 * false for an entry that is not there any more, or has moved.
 * @throws an error that names the ones that could not be removed, and why.
 */
export async function removeEach<E extends Claimed>(
  rivals: readonly E[],
  remove: (rival: E) => Promise<boolean>,
): Promise<string[]> {
  const removed: string[] = [];
  const failed: string[] = [];
  for (const rival of rivals) {
    const name = `${rival.service}/${rival.id}`;
    try {
      if (await remove(rival)) removed.push(name);
    } catch (thrown) {
      failed.push(`${name} (${errorMessage(thrown)})`);
    }
  }
  if (failed.length === 0) return removed;
  throw new Error(`not removed: ${failed.join(', ')}; removed: ${removed.join(', ') || 'none'}`);
}
