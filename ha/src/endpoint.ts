import { isHostName } from '@muster/membership';

/** Where something listens: an address, or every address when it is empty, and a port (0 = any free one). */
export interface Endpoint {
  /** An IP address; a host name only until `withOwnAddresses`. */
  readonly address: string;
  readonly port: number;
}

/** Parses `:80`, `*:80`, `127.0.0.1:8080`, `[::1]:8080` and `ha.admin:7380`. Null for anything else. */
export function parseEndpoint(text: string): Endpoint | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)|\*|([\w.-]+))?:(\d{1,5})$/.exec(text);
  const port = Number(match?.[4]);
  if (!match || port > 65535 || (match[3] !== undefined && !isHostName(match[3]))) return null;
  return { address: match[1] ?? match[2] ?? match[3] ?? '', port };
}

/** The text that `parseEndpoint` reads. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether both are the same place. */
export function sameEndpoint(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port;
}

/** Whether it means every address of this machine. */
export function isEverywhere({ address }: Endpoint): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}
