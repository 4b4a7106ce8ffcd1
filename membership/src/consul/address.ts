import { MusterError } from '../errors.js';

/** Where Consul's HTTP API is. */
export interface ConsulAddress {
  readonly secure: boolean;
  /** A host name or an IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** For messages: `http://127.0.0.1:8500`. */
  readonly text: string;
}

/** Consul's HTTP port when the address names none (Consul documentation, "Ports"). */
const DEFAULT_PORT = 8500;

/**
 * Parses `CONSUL_HTTP_ADDR`: `host:port` or `http(s)://host:port`. Throws `config-invalid` for anything else; a path or
 * credentials are refused too, because no call would use them.
 */
export function parseConsulAddress(text: string): ConsulAddress {
  const url = toUrl(text);
  if (url === null || url.hostname === '' || url.username !== '' || url.password !== '' || hasPath(url)) {
    throw new MusterError(
      'config-invalid',
      `Consul's address must be host:port or http(s)://host:port, not "${redact(text)}"`,
    );
  }
  const secure = url.protocol === 'https:';
  const port = Number(portOf(text, url));
  return { secure, host: url.hostname.replace(/^\[|\]$/g, ''), port, text: `${url.protocol}//${url.hostname}:${port}` };
}

function toUrl(text: string): URL | null {
  try {
    const url = new URL(text.includes('://') ? text : `http://${text}`);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/** URL drops a port that is its scheme's default, so `http://consul:80` must not become 8500. */
function portOf(text: string, url: URL): string {
  const written = /:(\d+)\/*$/.exec(text)?.[1];
  return url.port || written || String(DEFAULT_PORT);
}

function hasPath(url: URL): boolean {
  return url.pathname.replace(/\/+$/, '') !== '' || url.search !== '' || url.hash !== '';
}

function redact(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//***@').slice(0, 200);
}
