/** Who claims which address. */
export interface Place {
  readonly service: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/** What a registry says of one member: as it is stored, so anything. */
export interface Claimed {
  readonly id: unknown;
  readonly boot: unknown;
  readonly address: unknown;
  readonly port: unknown;
}

/**
 * Whether an entry stands in the way: another member's at our address and port, made by an agent. What another tool
 * registered is left alone: nobody would bring it back.
 */
export function isRival(entry: Claimed, place: Place): boolean {
  const { id, boot, address, port } = entry;
  return id !== place.id && address === place.address && port === place.port && typeof boot === 'string' && boot !== '';
}
