import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { addressOn, inspect } from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { survive } from '../support/docker/survive.js';
import { eventually } from '../support/eventually.js';
import { FULL } from '../support/full.js';

const SERVERS = ['consul-1', 'consul-2', 'consul-3'];
const NO_QUORUM_MS = FULL ? 60_000 : 6_000;
const ELECTED_WITHIN_MS = 30_000;

const suite = { webapps: 3, env: { COMPOSE_PROFILES: 'cluster' }, timeoutMs: 240_000 } as const;

// In the long form only: six containers more, and elections that take their time.
if (FULL)
  describeCompose('a Consul cluster of three servers', suite, (cluster) => {
    it('elects another leader when its leader is killed: no request fails, no member moves', async () => {
      const old = await leader(cluster());
      await survive(cluster(), async () => {
        await docker(['kill', old.id]);
        await eventually(
          async () => assert.notEqual((await leader(cluster())).address, old.address),
          ELECTED_WITHIN_MS,
          200,
        );
      });
      await docker(['start', old.id]);
      await eventually(async () => assert.equal(await peers(cluster()), 3), ELECTED_WITHIN_MS, 200);
    });

    it(`without a quorum for ${NO_QUORUM_MS / 1000} s: no request fails, no member moves`, async () => {
      const { id } = await leader(cluster());
      const others = (await servers(cluster())).filter((one) => one !== id);
      const lost = [id, ...others.slice(0, 1)];
      await survive(cluster(), async () => {
        await docker(['kill', ...lost]);
        await delay(NO_QUORUM_MS);
        await docker(['start', ...lost]);
        await eventually(() => leader(cluster()), ELECTED_WITHIN_MS, 200);
      });
    });
  });

async function servers(cluster: ComposeCluster): Promise<string[]> {
  return Promise.all(SERVERS.map((name) => cluster.container(name)));
}

/** The server that leads, as the agent says that the balancer and the members ask. */
async function leader(cluster: ComposeCluster): Promise<{ readonly id: string; readonly address: string }> {
  const address = (await ask<string>(cluster, 'status/leader')).replace(/:\d+$/, '');
  for (const id of await servers(cluster)) {
    if (addressOn(await inspect(id), 'registry') === address) return { id, address };
  }
  throw new Error(`no server has the address of the leader, ${address || 'nobody'}`);
}

async function peers(cluster: ComposeCluster): Promise<number> {
  return (await ask<string[]>(cluster, 'status/peers')).length;
}

async function ask<T>({ project }: ComposeCluster, path: string): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${project.ports.consul}/v1/${path}`, {
    signal: AbortSignal.timeout(3_000),
  });
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
