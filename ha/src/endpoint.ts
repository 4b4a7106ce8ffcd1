/** Where something listens: an address, or every address when it is empty, and a port (0 = any free one). */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Parses `:80`, `*:80`, `127.0.0.1:8080` and `[::1]:8080`. Null for anything else. */
export function parseEndpoint(text: string): Endpoint | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)|\*)?:(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  return match && port <= 65535 ? { address: match[1] ?? match[2] ?? '', port } : null;
}
