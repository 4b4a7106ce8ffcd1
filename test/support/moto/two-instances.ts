import { strict as assert } from 'node:assert';
import { fileURLToPath } from 'node:url';
import { Cluster } from '../cluster.js';
import { type LogLine, logLines } from '../cluster-log.js';
import { startMember } from '../cluster-member.js';
import type { BalancerProgram } from '../cluster-options.js';
import { consulRegistry } from '../cluster-registry.js';
import { eventually } from '../eventually.js';
import type { Exit } from '../processes.js';
import { MotoGroup } from './group.js';
import { TestInstance } from './instance.js';
import { Moto, SMALL_MOTO } from './moto.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What is where: two members on the first instance, one on the second. Loopback has an address for each. */
export const PLACES = { w1: '127.0.0.2', w2: '127.0.0.2', w3: '127.0.0.3' } as const;
export type PlacedMember = keyof typeof PLACES;
export const EVERYBODY = Object.keys(PLACES) as readonly PlacedMember[];
export const ON_FIRST: readonly PlacedMember[] = ['w1', 'w2'];

/** The last member must not be taken out because it had to wait for its turn on this machine. None hangs here. */
const PATIENT = { CHECK_TIMEOUT: '10s' };

export interface TwoInstancesOptions {
  readonly consulBin: string;
  readonly haproxyBin: string;
  readonly python: string;
  /** Of the lifecycle hook. */
  readonly heartbeatTimeoutS: number;
  /** For the instance agent. */
  readonly agentEnv?: Readonly<Record<string, string>>;
}

/**
 * Two EC2 instances as far as one machine can be two: members at two addresses, Consul, HAProxy with its watcher, a group with
 * its hook in moto, and for the first instance a metadata service and the instance agent.
 */
export class TwoInstances {
  readonly cluster: Cluster;
  readonly moto: Moto;
  readonly group: MotoGroup;
  #first: TestInstance;
  #second: TestInstance | null = null;

  private constructor(cluster: Cluster, moto: Moto, group: MotoGroup, first: TestInstance) {
    this.cluster = cluster;
    this.moto = moto;
    this.group = group;
    this.#first = first;
  }

  /** Starts all of it and waits until every member is served, and the agent knows its hook. */
  static async start(options: TwoInstancesOptions): Promise<TwoInstances> {
    const { consulBin, haproxyBin, python, heartbeatTimeoutS, agentEnv } = options;
    const balancer: BalancerProgram = { name: 'haproxy', bin: haproxyBin };
    // Consul waits for its election while moto loads its modules.
    const [registry, moto] = await Promise.all([consulRegistry(consulBin), Moto.start(python, SMALL_MOTO)]);
    const [cluster, group] = await Promise.all([
      Cluster.start({ registry, balancer, members: 0, env: PATIENT }),
      MotoGroup.create(moto, heartbeatTimeoutS),
    ]);
    const [id = ''] = group.instanceIds;
    const all = new TwoInstances(cluster, moto, group, await startInstance(cluster, moto, id, PLACES.w1));
    await all.#serve(EVERYBODY, agentEnv);
    return all;
  }

  /** The one with w1 and w2. */
  get first(): TestInstance {
    return this.#first;
  }

  /** What the group put in the place of the first instance becomes the first, with members and an agent of its own. */
  async replaceFirst(): Promise<void> {
    await this.#first.stop();
    const [, second] = this.group.instanceIds;
    const id = (await this.group.inService()).find((one) => one !== second);
    assert.ok(id, 'nothing is in the place of the first instance');
    this.#first = await startInstance(this.cluster, this.moto, id, PLACES.w1);
    await this.#serve(ON_FIRST);
  }

  /** Gives the one with w3 its own part, which it has not from the start. */
  async startSecond(agentEnv: Readonly<Record<string, string>>): Promise<TestInstance> {
    const [, id = ''] = this.group.instanceIds;
    this.#second = await startInstance(this.cluster, this.moto, id, PLACES.w3);
    await this.#second.startAgent(agentEnv);
    return this.#second;
  }

  async #serve(members: readonly PlacedMember[], agentEnv?: TwoInstancesOptions['agentEnv']): Promise<void> {
    await Promise.all([this.#first.startAgent(agentEnv), ...members.map((id) => this.startMember(id))]);
    await this.cluster.expectConverged(EVERYBODY);
  }

  async startMember(id: PlacedMember): Promise<void> {
    const { options, runDir, members } = this.cluster;
    const memberEnv = { MEMBER_ADDRESS: PLACES[id], HOST: PLACES[id] };
    members.set(id, await startMember(ROOT, runDir, id, { ...options, memberEnv }));
  }

  memberLog(id: PlacedMember): LogLine[] {
    return logLines(this.cluster.logFile(id));
  }

  tails(): string {
    return [this.cluster.logTails(), this.#first.logTail(), this.#second?.logTail(), this.moto.logTail()].join('\n');
  }

  /** Keys of the intents that stand on the drain board. */
  async intents(): Promise<unknown> {
    const { consul } = this.cluster.options.registry;
    const answer = await fetch(`http://${consul?.address}/v1/kv/muster/intent/?keys`);
    return answer.status === 404 ? [] : answer.json();
  }

  /** What AWS does when a group lets an instance go: the hook holds it, and its metadata says so. */
  async terminate({ id, metadata }: TestInstance): Promise<void> {
    await this.group.terminate(id);
    metadata.terminate();
  }

  /** Waits until AWS has ended the first instance and its group knows it no more. */
  async firstGone(): Promise<void> {
    await eventually(async () => {
      assert.equal(await this.group.lifecycleState(this.#first.id), null);
      assert.equal(await this.group.ec2State(this.#first.id), 'terminated');
    });
  }

  /** Waits until a member has ended by itself; gives its exit. */
  async memberEnd(id: PlacedMember): Promise<Exit> {
    const exit = await this.cluster.member(id).process.exited;
    this.cluster.members.delete(id);
    return exit;
  }

  async stop(): Promise<void> {
    const results = await Promise.allSettled([this.#first.stop(), this.#second?.stop(), this.moto.stop()]);
    await this.cluster.stop();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

function startInstance(cluster: Cluster, moto: Moto, id: string, address: string): Promise<TestInstance> {
  const registryEnv = cluster.options.registry.env();
  return TestInstance.start({ id, address, moto, registryEnv, logFile: cluster.logFile(`agent-of-${id}`) });
}
