import { MusterError } from '@muster/membership';
import type { Claim } from './claim.js';
import type { Controlled } from './control.js';
import type { ClusterState } from './control-client.js';
import { balancerSpec, departOf, type Layout, memberId, memberSpec, watcherSpec } from './layout.js';
import { childrenOf } from './process-info.js';
import type { ProcessSpec, SuperviseObserver } from './process-spec.js';
import { type RunOnceOptions, runOnce } from './run-once.js';
import { Supervised } from './supervised.js';

/** How a supervised process is made; tests put other programs behind it. */
export interface ClusterSpecs {
  readonly balancer: () => ProcessSpec;
  readonly watcher: () => ProcessSpec;
  readonly member: (id: string, port: number) => ProcessSpec;
  readonly memberId: (number: number) => string;
  /** Runs after the balancer has ended; null = nothing to do. */
  readonly depart: () => RunOnceOptions | null;
}

export function specsOf(layout: Layout): ClusterSpecs {
  return {
    balancer: () => balancerSpec(layout),
    watcher: () => watcherSpec(layout),
    member: (id, port) => memberSpec(layout, id, port),
    memberId: (number) => memberId(layout, number),
    depart: () => departOf(layout),
  };
}

export interface ClusterOptions {
  readonly service: string;
  readonly logDir: string;
  readonly specs: ClusterSpecs;
  readonly appPorts: Claim['appPorts'];
  readonly observer: SuperviseObserver;
}

interface RunningMember {
  readonly number: number;
  readonly id: string;
  readonly port: number;
  readonly process: Supervised;
}

/** The processes of one local cluster: started, scaled and stopped in order. */
export class Cluster implements Controlled {
  readonly #options: ClusterOptions;
  readonly #balancer: Supervised;
  readonly #watcher: Supervised;
  readonly #members = new Map<number, RunningMember>();
  readonly #stopping = new AbortController();
  readonly #unhurried = new AbortController().signal;
  #wanted = 0;
  #settled = true;
  #pass: Promise<void> | null = null;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#balancer = new Supervised(options.specs.balancer(), options.observer);
    this.#watcher = new Supervised(options.specs.watcher(), options.observer);
  }

  startBalancer(): void {
    this.#balancer.start();
  }

  startWatcher(): void {
    this.#watcher.start();
  }

  state(): ClusterState {
    const { service, logDir } = this.#options;
    return { service, wanted: this.#wanted, members: this.#running().map(describe), log: logDir };
  }

  /** One pass at a time; a later call replaces what an earlier one wanted, and both resolve when that is reached. */
  async scale(count: number): Promise<ClusterState> {
    this.#wanted = count;
    this.#settled = false;
    while (!this.#settled) {
      this.#pass ??= this.#onePass();
      await this.#pass;
    }
    return this.state();
  }

  /** Members first (their agents drain them), then the watcher, then the balancer. Nothing is left when it resolves. */
  async stop(hurry: AbortSignal): Promise<void> {
    this.#stopping.abort();
    await this.#stopMembers([...this.#members.values()], hurry);
    await this.#pass?.catch(() => undefined);
    await this.#stopMembers([...this.#members.values()], hurry);
    await this.#watcher.stop(hurry);
    await this.#balancer.stop(hurry);
    const depart = this.#options.specs.depart();
    // What cannot be taken away now goes when its lease has ended.
    if (depart) await runOnce(depart, { started: () => {}, ended: () => {} }, hurry).catch(() => {});
  }

  async #onePass(): Promise<void> {
    this.#settled = true;
    try {
      await this.#reach(this.#wanted);
    } finally {
      this.#pass = null;
    }
  }

  async #reach(count: number): Promise<void> {
    const surplus = [...this.#members.values()].filter((member) => member.number > count);
    await Promise.all([this.#stopMembers(surplus, this.#unhurried), this.#startMissing(count)]);
  }

  async #startMissing(count: number): Promise<void> {
    const running = this.#running();
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    // One that left on an operator's word comes back when somebody asks for a scale that includes it.
    const missing = numbers.filter((number) => !running.some((member) => member.number === number));
    if (missing.length === 0) return;
    const inUse = new Set(running.map((member) => member.port));
    const ports = await this.#options.appPorts(missing.length, inUse, this.#stopping.signal);
    if (this.#stopping.signal.aborted) throw new MusterError('stopping', 'cannot scale: the cluster is stopping');
    for (const [index, number] of missing.entries()) this.#startMember(number, ports[index] ?? 0);
  }

  #startMember(number: number, port: number): void {
    const { specs, observer } = this.#options;
    const id = specs.memberId(number);
    const process = new Supervised(specs.member(id, port), observer);
    this.#members.set(number, { number, id, port, process });
    process.start();
  }

  async #stopMembers(members: readonly RunningMember[], hurry: AbortSignal): Promise<void> {
    await Promise.all(members.map((member) => member.process.stop(hurry)));
    for (const { number } of members) this.#members.delete(number);
  }

  #running(): readonly RunningMember[] {
    return [...this.#members.values()].filter((member) => !member.process.over).sort((a, b) => a.number - b.number);
  }
}

function describe({ id, port, process }: RunningMember): ClusterState['members'][number] {
  const agentPid = process.pid;
  const appPid = agentPid === null ? null : (childrenOf(agentPid)[0] ?? null);
  return { id, port, agentPid, appPid };
}
