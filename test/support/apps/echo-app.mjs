// The smallest app that a test can ask questions of: it answers at once, and ACCESS_LOG holds one JSON line per request
// that reached it, written before the answer. "At most once" is judged by that file, not by what a client saw.
import { closeSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const id = process.env.MEMBER_ID ?? 'echo';
const log = process.env.ACCESS_LOG ? openSync(process.env.ACCESS_LOG, 'a') : null;

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/readyz') return response.end('ready\n');
  record(request);
  request.resume();
  await delay(Number(url.searchParams.get('ms') ?? 0));
  response.setHeader('X-Backend', id);
  response.end(`${id}\n`);
});
server.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1');

function record(request) {
  if (log === null) return;
  const line = {
    member: id,
    at: Date.now(),
    method: request.method,
    path: request.url,
    request: request.headers['x-request-id'],
  };
  writeSync(log, `${JSON.stringify(line)}\n`);
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    server.close(() => {
      if (log !== null) closeSync(log);
      process.exit(0);
    });
    server.closeIdleConnections();
  });
}
