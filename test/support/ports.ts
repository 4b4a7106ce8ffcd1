import { createServer } from 'node:net';

/** First and last. Runs beside one another share none, so that a process which starts again finds its port free. */
const [FIRST = 0, LAST = 0] = (process.env.TEST_PORTS ?? '20000-31999').split('-').map(Number);
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nothing listens on, never given twice by this process. Always below 32768: load tests take
 * the ephemeral range, and a listener in there would lose its port to a client.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (given.has(port) || !(await canListen(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port of 127.0.0.1 found between ${FIRST} and ${LAST}`);
}

/** Several different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let i = 0; i < count; i += 1) ports.push(await freePort());
  return ports;
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
