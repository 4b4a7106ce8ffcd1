import { createLogger, errorMessage } from '@muster/membership';
import { readHaConfig } from './config.js';
import { withOwnAddresses } from './own-binds.js';

/**
 * `main.js` watches, `main.js prepare` writes the first config, `main.js depart` takes the balancer's entry away, `main.js
 * doctor` tells what the balancer's program can do. Each
 * imports only what it needs: a container's start waits for `prepare`, and its stop for `depart`.
 */
async function main(): Promise<number> {
  const mode = process.argv[2];
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
  try {
    const config = readHaConfig(process.env);
    const logger = createLogger('watcher', config.logLevel);
    if (mode === 'depart') {
      const { depart } = await import('./presence.js');
      // It needs no address, and at the end of a container a name may no longer be known.
      await depart(config, logger);
    } else if (mode === 'doctor') {
      const { examineBalancer } = await import('./open-balancer.js');
      process.stdout.write(`${JSON.stringify(await examineBalancer(config, process.env))}\n`);
    } else if (mode === 'prepare') {
      const { prepare } = await import('./prepare.js');
      await prepare(await withOwnAddresses(config), process.env, logger);
    } else {
      const { watchCluster } = await import('./watch-cluster.js');
      await watchCluster(await withOwnAddresses(config), logger, stop.signal);
    }
    return 0;
  } catch (error) {
    // `muster doctor` asked, and says itself what this is about.
    const speaker = mode === 'doctor' ? '' : 'muster watcher: ';
    process.stderr.write(`${speaker}${errorMessage(error)}\n`);
    return 1;
  }
}

process.exit(await main());
