import { strict as assert } from 'node:assert';
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { socketCommand } from '../../test/support/cluster-haproxy.js';
import { SERVICE } from '../../test/support/cluster-options.js';
import type { ClusterView } from '../../test/support/cluster-view.js';
import { eventually } from '../../test/support/eventually.js';
import { openProber } from './prober.js';
import type { BenchRegistry, Endpoint } from './registry.js';

/** The watcher does not know this one: what joins it moves nothing. */
const FLOOR_SERVICE = 'bench-floor';
const DEADLINE_MS = 10_000;

/** When, in ms after the register call was sent, each step of one join was seen from outside. */
export interface JoinSteps {
  /** A waiting query of ours was answered: the watcher's is answered at the same time. */
  readonly told: number;
  /** The watcher had put the new config file in place; its socket commands come next. */
  readonly file: number;
  readonly served: number;
}

export interface JoinerOptions {
  readonly cluster: ClusterView;
  /** Where the balancer is open to all, on this host. */
  readonly publicPort: number;
  readonly registry: BenchRegistry;
  /** Id of the member that is always there, so that the balancer always has somebody to answer. */
  readonly standing: string;
  /** The member that joins again and again, under another id each time; it says its port when it is asked who answers. */
  readonly newcomer: Endpoint;
}

/** Makes joins, one at a time, and measures them; all results in ms. */
export interface Joiner {
  /** Register → a waiting query tells of it → one round trip on the socket that tells what the balancer runs. */
  floor(): Promise<number>;
  /** Register → first answer of the new member through the balancer. */
  product(): Promise<number>;
  steps(): Promise<JoinSteps>;
}

/** Begins once the standing member, and nobody else, is served. */
export async function createJoiner(options: JoinerOptions): Promise<Joiner> {
  const { cluster, publicPort, registry, standing, newcomer } = options;
  const isNginx = existsSync(join(cluster.runDir, 'nginx.conf'));
  const roundTrip = isNginx
    ? () => cluster.workerPid()
    : () => socketCommand(join(cluster.runDir, 'haproxy.sock'), 'show version');
  let count = 0;
  const nextId = () => `join-${++count}`;

  await cluster.expectServing([standing]);
  await registry.join(FLOOR_SERVICE, standing, newcomer);

  return {
    async floor() {
      await rest();
      const id = nextId();
      const { told } = await registry.expect(FLOOR_SERVICE, id);
      const start = performance.now();
      const registering = registry.join(FLOOR_SERVICE, id, newcomer);
      await told;
      await roundTrip();
      const ms = performance.now() - start;
      await registering;
      await registry.leave(FLOOR_SERVICE, id);
      return ms;
    },
    product: () => joinOnce(async () => {}).then(({ ms }) => ms),
    async steps() {
      const seen = { told: 0, file: 0 };
      const { start, ms } = await joinOnce(async (id) => {
        const { told } = await registry.expect(SERVICE, id);
        void told.then(() => {
          seen.told = performance.now();
        });
        const watcher = watch(cluster.runDir, (_event, name) => {
          if (name !== (isNginx ? 'nginx.conf' : 'haproxy.cfg')) return;
          seen.file = performance.now();
          watcher.close();
        });
      });
      return { told: seen.told - start, file: seen.file - start, served: ms };
    },
  };

  async function joinOnce(arm: (id: string) => Promise<void>): Promise<{ start: number; ms: number }> {
    await rest();
    const id = nextId();
    const prober = await openProber(publicPort);
    try {
      await arm(id);
      const start = performance.now();
      const registering = registry.join(SERVICE, id, newcomer);
      const end = await prober.firstAnswer(String(newcomer.port), DEADLINE_MS);
      await registering;
      return { start, ms: end - start };
    } finally {
      prober.close();
      await registry.leave(SERVICE, id);
      await gone();
    }
  }

  async function gone(): Promise<void> {
    await eventually(async () => {
      const names = (await cluster.runningServers()).map((one) => one.name);
      assert.deepEqual(names, [standing], 'the member that left is still there');
    }, DEADLINE_MS);
  }
}

/** Random, so that no join falls in step with a timer of somebody else's. */
function rest(): Promise<void> {
  return delay(50 + Math.random() * 200);
}
