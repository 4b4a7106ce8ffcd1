import { randomBytes } from 'node:crypto';
import { pino, stdTimeFunctions } from 'pino';
import { createApp } from './app.js';
import { type Config, parseConfig } from './config.js';
import { trackConnections } from './connections.js';
import { attachEcho } from './echo.js';
import { createHomePage } from './home-page.js';
import { createLifecycle } from './lifecycle.js';
import { listen } from './listen.js';
import { notifyReady } from './notify.js';
import { createSessions } from './sessions.js';

// Not by `import`, which takes 40 ms in Node 22 and later: it reads every export, also one that is made when it is read.
const { createServer } = process.getBuiltinModule('node:http');

/** Longer than a balancer keeps a connection to us: then it is never we who close one just as a request arrives on it. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** Starts the app and arranges its stop; returns as soon as it serves. */
async function run(config: Config): Promise<void> {
  const { memberId } = config;
  const log = pino({
    name: 'webapp',
    level: config.logLevel,
    base: { member: memberId },
    timestamp: stdTimeFunctions.isoTime,
  });
  const lifecycle = createLifecycle();
  const sessions = createSessions(config.sessionSecret ?? randomBytes(32).toString('hex'));
  const app = createApp({ ...config, lifecycle, sessions, homePage: createHomePage(), log });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, app);
  attachEcho(server, { memberId, stopping: lifecycle.stopping, log });
  const connections = trackConnections(server);

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (lifecycle.phase === 'stopping') return;
    log.info({ signal, timeoutMs: config.stopTimeoutMs }, 'stopping');
    lifecycle.stop();
    const cut = await connections.close(config.stopTimeoutMs);
    if (cut > 0) log.warn({ cut }, 'connections cut at the end of STOP_TIMEOUT_MS');
    log.info('stopped');
    process.exit(0);
  }
  process.on('SIGTERM', stop).on('SIGINT', stop);

  const { address, port } = await listen(server, config.host, config.port);
  lifecycle.ready();
  if (config.sessionSecret === undefined) {
    log.warn('SESSION_SECRET is not set: made one; other members and the next start do not know these sessions');
  }
  log.info({ address, port }, 'ready');
  if (config.notifyFd !== undefined) notifyReady(config.notifyFd);
}

try {
  await run(parseConfig(process.env));
} catch (error) {
  process.stderr.write(`webapp: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
