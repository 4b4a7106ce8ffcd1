import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cluster } from '../cluster.js';
import { type LogLine, logLines } from '../cluster-log.js';
import { startMember } from '../cluster-member.js';
import type { BalancerProgram } from '../cluster-options.js';
import { consulRegistry } from '../cluster-registry.js';
import { eventually } from '../eventually.js';
import { MetadataStub } from '../metadata-stub.js';
import { type Exit, RunningProcess, tail } from '../processes.js';
import { HOOK, MotoGroup } from './group.js';
import { Moto } from './moto.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const AGENT = 'instance-agent';

/** What is where: two members on the first instance, one on the second. Loopback has an address for each. */
export const PLACES = { w1: '127.0.0.2', w2: '127.0.0.2', w3: '127.0.0.3' } as const;
export type PlacedMember = keyof typeof PLACES;
export const ON_FIRST: readonly PlacedMember[] = ['w1', 'w2'];

export interface TwoInstancesOptions {
  readonly consulBin: string;
  readonly haproxyBin: string;
  readonly python: string;
  readonly heartbeatTimeoutS: number;
}

/**
 * Two EC2 instances as far as one machine can be two: members at two addresses, Consul, HAProxy with its watcher, a group with
 * its hook in moto, and for the first instance a metadata service and the instance agent, a process of its own.
 */
export class TwoInstances {
  readonly cluster: Cluster;
  readonly moto: Moto;
  readonly group: MotoGroup;
  readonly metadata: MetadataStub;
  #agent: RunningProcess | null = null;

  private constructor(cluster: Cluster, moto: Moto, group: MotoGroup, metadata: MetadataStub) {
    this.cluster = cluster;
    this.moto = moto;
    this.group = group;
    this.metadata = metadata;
  }

  /** Starts all of it but the instance agent, and waits until every member is served. */
  static async start({ consulBin, haproxyBin, python, heartbeatTimeoutS }: TwoInstancesOptions): Promise<TwoInstances> {
    const balancer: BalancerProgram = { name: 'haproxy', bin: haproxyBin };
    const moto = await Moto.start(python);
    const group = await MotoGroup.create(moto, heartbeatTimeoutS);
    const [instanceId = ''] = group.instanceIds;
    const metadata = await MetadataStub.start({ instanceId, region: moto.env.AWS_REGION, privateIp: PLACES.w1 });
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = moto.env;
    const expiresAt = new Date(Date.now() + 6 * 3_600_000);
    metadata.giveRole({ accessKeyId, secretAccessKey, sessionToken: 'session', expiresAt });
    const registry = await consulRegistry(consulBin);
    const cluster = await Cluster.start({ registry, balancer, members: 0 });
    const all = new TwoInstances(cluster, moto, group, metadata);
    for (const id of Object.keys(PLACES) as PlacedMember[]) await all.startMember(id);
    await cluster.expectConverged(Object.keys(PLACES));
    return all;
  }

  /** The one that is to end. */
  get instanceId(): string {
    return this.group.instanceIds[0] ?? '';
  }

  async startMember(id: PlacedMember): Promise<void> {
    const { options, runDir, members } = this.cluster;
    const memberEnv = { MEMBER_ADDRESS: PLACES[id], HOST: PLACES[id] };
    members.set(id, await startMember(ROOT, runDir, id, { ...options, memberEnv }));
  }

  /** The agent of the first instance, as its container runs it. */
  startAgent(env: Readonly<Record<string, string>> = {}): void {
    assert.ok(this.#agent === null || this.#agent.exit !== null, 'an instance agent runs already');
    this.#agent = new RunningProcess({
      name: AGENT,
      command: process.execPath,
      args: [join(ROOT, 'membership/dist/instance/bin.js')],
      env: {
        ...{ LOG_LEVEL: 'debug', LIFECYCLE_HOOK: HOOK, INSTANCE_POLL_MS: '200' },
        AWS_ENDPOINT_URL: this.moto.url,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: this.metadata.url,
        ...this.cluster.options.registry.env(),
        ...env,
      },
      logFile: this.cluster.logFile(AGENT),
    });
  }

  get agent(): RunningProcess {
    assert.ok(this.#agent, 'no instance agent was started');
    return this.#agent;
  }

  agentLog(): LogLine[] {
    return logLines(this.cluster.logFile(AGENT));
  }

  memberLog(id: PlacedMember): LogLine[] {
    return logLines(this.cluster.logFile(id));
  }

  /** Waits for a line of the agent's log. */
  said(msg: string, deadlineMs = 10_000): Promise<LogLine> {
    return eventually(() => {
      const lines = this.agentLog();
      const found = lines.find((line) => line.msg === msg);
      assert.ok(found, `the agent has not said "${msg}", but ${lines.map((line) => line.msg).join(', ')}`);
      return found;
    }, deadlineMs);
  }

  /** All lines so far with that message. */
  saying(msg: string): LogLine[] {
    return this.agentLog().filter((line) => line.msg === msg);
  }

  tails(): string {
    return [this.cluster.logTails(), tail(this.cluster.logFile(AGENT), 40), this.moto.logTail()].join('\n');
  }

  /** Keys of the intents that stand on the drain board. */
  async intents(): Promise<unknown> {
    const { consul } = this.cluster.options.registry;
    const answer = await fetch(`http://${consul?.address}/v1/kv/muster/intent/?keys`);
    return answer.status === 404 ? [] : answer.json();
  }

  /** What AWS does when a group lets an instance go: the hook holds it, and its metadata says so. */
  async terminate(): Promise<void> {
    await this.group.terminate(this.instanceId);
    this.metadata.terminate();
  }

  /** Waits until a member has ended by itself; gives its exit. */
  async memberEnd(id: PlacedMember): Promise<Exit> {
    const exit = await this.cluster.member(id).process.exited;
    this.cluster.members.delete(id);
    return exit;
  }

  async stop(): Promise<void> {
    const results = await Promise.allSettled([this.#agent?.kill(), this.metadata.stop(), this.moto.stop()]);
    await this.cluster.stop();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
