import { createServer } from 'node:net';
import { MusterError } from '@muster/membership';

/** Addresses that `next` listens on and `current` does not: the ones a reload must be able to bind. */
export function newBinds(current: string, next: string): string[] {
  const known = new Set(bindsOf(current));
  return bindsOf(next).filter((bind) => !known.has(bind));
}

/** Addresses of all `bind` lines (HAProxy) and `listen` lines (NGINX); unix sockets and descriptors are left out. */
export function bindsOf(config: string): string[] {
  const text = config.replaceAll(/#.*$/gm, '');
  // NGINX's may share a line with others: `server { listen 80; }`.
  const lines = [...text.matchAll(/(?:^|[{;])\s*(?:bind|listen)\s+([^\s;]+)/gm)].map((match) => match[1] ?? '');
  return [...new Set(lines.flatMap((list) => list.split(',')).filter((bind) => /:\d+$/.test(bind)))];
}

/**
 * Binds each address for a moment. `haproxy -c` and `nginx -t` do not: HAProxy would fail only after 2 s, and meanwhile the old port
 * refuses connections (measured).
 */
export async function testBinds(binds: readonly string[]): Promise<void> {
  for (const bind of binds) await testBind(bind);
}

function testBind(bind: string): Promise<void> {
  const colon = bind.lastIndexOf(':');
  const host = bind
    .slice(0, colon)
    .replace(/^ipv[46]@/, '')
    .replace(/^\[|\]$/g, '');
  const port = Number(bind.slice(colon + 1));
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => {
      reject(
        new MusterError(
          'bind-refused',
          `address ${bind} cannot be bound (${cause.message}): free it or choose another`,
          { cause },
        ),
      );
    });
    server.listen({ port, exclusive: true, ...(host === '' || host === '*' ? {} : { host }) }, () =>
      server.close(() => resolve()),
    );
  });
}
