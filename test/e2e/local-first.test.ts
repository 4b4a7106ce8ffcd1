import { strict as assert } from 'node:assert';
import { fileURLToPath } from 'node:url';
import { isLossless } from '../support/balancer-can.js';
import { requireBinary } from '../support/binaries.js';
import { Cluster } from '../support/cluster.js';
import { startMember } from '../support/cluster-member.js';
import type { BalancerProgram } from '../support/cluster-options.js';
import { fileRegistry } from '../support/cluster-registry.js';
import { eachBalancer } from '../support/each-balancer.js';
import { eventually } from '../support/eventually.js';
import { FULL } from '../support/full.js';
import { killLoads, type Load, type LoadReport, sharedNowMs, startLoad } from '../support/load.js';
import { versionOf } from '../support/program-version.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Two instances on one machine: loopback has an address for each. */
const [HERE, THERE] = ['127.0.0.2', '127.0.0.3'];
const PROGRAMS = eachBalancer();
/** In the short form only the newest of each balancer. */
const isNewest = ({ name, bin }: BalancerProgram) => bin === PROGRAMS.filter((one) => one.name === name).at(-1)?.bin;

describe('the members of an instance, under ROUTING=local-first', () => {
  before(function () {
    requireBinary(this, 'haproxy');
    requireBinary(this, 'nginx');
  });

  for (const program of PROGRAMS.filter((one) => FULL || isNewest(one))) {
    describe(`${program.name} ${versionOf(program.bin)}`, () => {
      // On NGINX it is the reload that every change is.
      if (program.name === 'haproxy' || FULL)
        it('follows a member that starts again on another instance, and back', async () => {
          await withInstances(program, async (cluster) => {
            const load = await startLoad({ url: cluster.url });
            for (const [address, answering] of [
              [THERE, ['here', 'there-1', 'there-2']],
              [HERE, ['here']],
            ] as const) {
              await cluster.killMember('here');
              await startAt(cluster, 'here', address);
              await isAnsweredBy(load, answering);
            }
            await cluster.expectConverged(['here', 'there-1', 'there-2']);
            assertNoneFailed(await load.stop(), program);
          });
        });

      it('loses no GET when the last member here is killed, and comes back to it', async () => {
        await withInstances(program, async (cluster) => {
          const load = await startLoad({ url: cluster.url });
          await isAnsweredBy(load, ['here']);
          const killed = cluster.killMember('here');
          await cluster.expectServing(['there-1', 'there-2']);
          await killed;
          await isAnsweredBy(load, ['there-1', 'there-2']);
          await startHere(cluster);
          await cluster.expectConverged(['here', 'there-1', 'there-2']);
          await isAnsweredBy(load, ['here']);
          await cluster.stopGracefully('here');
          await isAnsweredBy(load, ['there-1', 'there-2']);
          assertNoneFailed(await load.stop(), program);
        });
      });
    });
  }
});

/** A whole cluster: the member `here`, and two on another instance. */
async function withInstances(program: BalancerProgram, test: (cluster: Cluster) => Promise<void>): Promise<void> {
  const env = { ROUTING: 'local-first', LOCAL_ADDRESS: HERE };
  const cluster = await Cluster.start({ registry: fileRegistry(), balancer: program, members: 0, app: 'echo', env });
  try {
    await startHere(cluster);
    for (const id of ['there-1', 'there-2']) await startAt(cluster, id, THERE);
    await cluster.expectConverged(['here', 'there-1', 'there-2']);
    await test(cluster);
  } catch (failure) {
    console.error(cluster.logTails());
    throw failure;
  } finally {
    killLoads();
    await cluster.stop();
  }
}

function startHere(cluster: Cluster): Promise<void> {
  return startAt(cluster, 'here', HERE);
}

async function startAt(cluster: Cluster, id: string, address: string): Promise<void> {
  const memberEnv = { MEMBER_ADDRESS: address, HOST: address };
  cluster.members.set(id, await startMember(ROOT, cluster.runDir, id, { ...cluster.options, memberEnv }));
}

/** These answer, and nobody else, as soon as leaving workers have given their last answers; failures are counted in the end. */
async function isAnsweredBy(load: Load, ids: readonly string[]): Promise<void> {
  await eventually(async () => {
    const mark = sharedNowMs();
    await load.more(200);
    const answered = load.report().since(mark).byBackend();
    assert.deepEqual(
      Object.keys(answered)
        .filter((name) => name !== '-')
        .sort(),
      ids,
    );
  });
}

/** But idle connections that a reload of an older NGINX reset. */
function assertNoneFailed(report: LoadReport, program: BalancerProgram): void {
  (isLossless(program) ? report : report.withoutIdleResets()).assertNoneFailed();
}
