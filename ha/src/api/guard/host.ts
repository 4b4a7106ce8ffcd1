import { BlockList, isIP } from 'node:net';
import { MusterError } from '@muster/membership';
import type { RequestHandler } from 'express';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Refuses requests for a host name that is not ours. A page whose own name was made to resolve to 127.0.0.1 (DNS
 * rebinding) shares our address, but still sends its own name here.
 */
export function hostGuard(allowedHosts: readonly string[]): RequestHandler {
  const allowed = new Set(allowedHosts.map((host) => canonical(host)));
  return (request, _response, next) => {
    const name = hostName(request.headers.host ?? '');
    if (name !== null && (isLoopback(name) || allowed.has(name))) return next();
    const message =
      'the Host header is not a loopback name or address; use http://127.0.0.1, or add the name to API_HOSTS';
    next(new MusterError('host-forbidden', message));
  };
}

/** The name or address of a Host header, without port and brackets; null when it is not well formed. */
function hostName(header: string): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header);
  return match?.[1] === undefined ? null : canonical(match[1]);
}

function canonical(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function isLoopback(name: string): boolean {
  const family = isIP(name);
  if (family === 0) return name === 'localhost';
  return loopback.check(name, family === 4 ? 'ipv4' : 'ipv6');
}
