import { existsSync } from 'node:fs';
import { benchImages } from './images/images.js';
import { benchJoin } from './join/join.js';
import { type BenchOptions, parseOptions } from './options.js';
import { benchStart } from './start/start.js';
import { benchTax } from './tax/tax.js';
import { createTeardown, type Teardown } from './teardown.js';

const HELP = `Usage: npm run bench -- join [--containers] [options]
       npm run bench -- tax [options]
       npm run bench -- start [options]
       npm run bench -- images [options]

join   how long from the register call to the first answer of a new member through the balancer, beside a floor that is
       measured in the same run: raw Consul register -> return of a waiting blocking query, + one runtime socket round trip
tax    requests per second and p99 through Muster's config, its 4 members added while it runs, beside a hand-written config
start  how long from \`docker compose up --scale\` or \`docker start\` to the first answer of a new webapp container through
       the balancer, beside a bare Node server in a container, and where the time goes; then five webapps at once
images what our images weigh, and what of it is ours

  --haproxy 3.2,2.6    only these versions (a beginning is enough), or paths of programs; default: all that are found
  --nginx 1.30         the same for NGINX
  --balancer nginx     haproxy or nginx; default: join measures HAProxy, tax both
  --pairs 30           measured pairs, A/B/A/B (start: 10)
  --strict             exit with 1 when a promise is missed
join only
  --containers         in containers, through published ports, with the images that .env names
  --registry consul    consul or file
  --warm-up 5          pairs that are made first and not counted
  --steps              30 more joins, watched from outside: what part of the time is whose
  --cpu-prof DIR       the watcher writes a CPU profile to DIR when the bench ends
tax only
  --seconds 2          length of one run of load
  --load wrk           wrk or node; default: wrk when it is on PATH, else a small client on Node

Programs are found through HAPROXY_BIN, NGINX_BIN, CONSUL_BIN, PATH and what \`npm test\` keeps in .cache. What runs in
containers needs Linux, root and a Docker engine; the images are built first, on the stand-ins of test/images/build.sh, or
with MUSTER_OFFICIAL_IMAGES=1 on the official ones.
`;

interface Bench {
  /** True when every promise was kept. */
  readonly run: (options: BenchOptions, teardown: Teardown) => Promise<boolean>;
  readonly pairs: number;
}

const BENCHES: ReadonlyMap<string, Bench> = new Map([
  ['join', { run: benchJoin, pairs: 30 }],
  ['tax', { run: benchTax, pairs: 30 }],
  ['start', { run: benchStart, pairs: 10 }],
  ['images', { run: benchImages, pairs: 1 }],
]);

/** Ctrl-C ends the bench wherever it is; what it started is always taken down first. */
async function main(): Promise<number> {
  const [name = '', ...words] = process.argv.slice(2);
  if (name === '--help' || name === '-h' || words.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const bench = BENCHES.get(name);
  if (bench === undefined) {
    process.stderr.write(`bench: no benchmark "${name}"\n\n${HELP}`);
    return 2;
  }
  // A disk's fsync in the floor would flatter every ratio: Consul and the file registry keep their data in memory.
  if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';
  const teardown = createTeardown();
  // Node would end, without the taking down, in the middle of a wait that only an AbortSignal.timeout is left to end.
  setInterval(() => undefined, 1_000);
  const stopped = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => reject(new Error('stopped')));
  });
  try {
    const options = parseOptions(words, bench.pairs);
    const kept = await Promise.race([bench.run(options, teardown), stopped]);
    return kept || !options.strict ? 0 : 1;
  } catch (failure) {
    process.stderr.write(`bench ${name}: ${failure instanceof Error ? failure.message : String(failure)}\n`);
    return 1;
  } finally {
    await teardown.end();
  }
}

process.exit(await main());
