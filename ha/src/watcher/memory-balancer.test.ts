// No tests of its own: a balancer in memory, for the tests of whatever drives one.
import { MusterError } from '@muster/membership';
import type { ApplyResult, BalancerDriver } from '../drivers/driver.js';
import { runningServer, STRUCTURE } from '../fixture.test.js';
import type { DesiredServer, DesiredState, RunningServer, RunningState } from '../plan/desired.js';
import { describePlan, type Plan, type Step } from '../plan/plan.js';
import type { Structure } from '../render/structure.js';

/** Models HAProxy: servers come by steps, structure by a reload, a server with open requests cannot be removed. */
export class MemoryBalancer implements BalancerDriver {
  readonly name = 'memory';
  readonly version = '1.0';
  /** `reload`: as NGINX, it counts a reload for each change of its members. */
  changesBy: 'runtime' | 'reload' = 'runtime';
  /** Every plan that was asked for, in words, also those that failed. */
  readonly applied: string[] = [];
  /** Every read: whether it asked for statistics. */
  readonly reads: boolean[] = [];
  readonly cuts: string[] = [];
  revision: string | null = STRUCTURE.revision;
  oldWorkers = 0;
  reloads = 0;
  /** Names of servers that only a reload can move. */
  fixed: readonly string[] = [];
  /** While false it answers nothing, as a HAProxy that is not there. */
  answers = true;
  /** Called before a plan has any effect; may throw or wait. */
  beforeApply: (plan: Plan, structure: Structure) => void | Promise<void> = () => {};
  readonly #backends = new Map<string, Map<string, RunningServer>>([['webapp', new Map()]]);

  /** The next plan fails, before it has any effect. */
  failNext(fault: Error): void {
    this.beforeApply = () => {
      this.beforeApply = () => {};
      throw fault;
    };
  }

  async read({ inFlight }: { readonly inFlight: boolean }): Promise<RunningState> {
    this.reads.push(inFlight);
    if (!this.answers) throw new MusterError('balancer-unreachable', 'made unreachable by a test', { retryable: true });
    const backends = [...this.#backends].map(([name, servers]) => [name, counted(servers, inFlight)] as const);
    const counts = { oldWorkers: inFlight ? this.oldWorkers : null, oldWorkerConnections: inFlight ? 0 : null };
    return { revision: this.revision, backends: new Map(backends), ...counts };
  }

  async persist(): Promise<void> {}

  async apply(plan: Plan, structure: Structure): Promise<ApplyResult> {
    this.applied.push(describePlan(plan));
    await this.beforeApply(plan, structure);
    if (plan.reload !== null) return this.#reload(plan.desired, structure);
    const moved = plan.steps.flatMap((step) => (step.kind === 'address' ? [nameOf(step)] : []));
    const fixed = moved.filter((name) => this.fixed.includes(name));
    const pending = plan.steps.filter((step) => fixed.includes(nameOf(step)) || !this.#take(step));
    const reloaded = this.changesBy === 'reload';
    if (reloaded) this.reloads += 1;
    return { pending, needsReload: fixed.length > 0 ? `moved: ${fixed.join(', ')}` : null, reloaded };
  }

  async cut(backend: string, server: string): Promise<boolean> {
    this.cuts.push(`${backend}/${server}`);
    this.set(server, { inFlight: 0 });
    return true;
  }

  async run(): Promise<void> {}

  /** Sets what runs, as if it had happened by itself. */
  set(name: string, patch: Partial<RunningServer>): void {
    const servers = this.#servers('webapp');
    servers.set(name, { ...(servers.get(name) ?? runningServer(name)), ...patch });
  }

  /** Names of the servers with their state, such as `web-1 ready`. */
  servers(): string[] {
    return [...this.#servers('webapp').values()].map(({ name, admin }) => `${name} ${admin}`).sort();
  }

  #reload(desired: DesiredState, { revision }: Structure): ApplyResult {
    for (const [backend, servers] of desired) {
      this.#backends.set(backend, new Map([...servers].map(([name, server]) => [name, started(server)])));
    }
    this.revision = revision;
    this.reloads += 1;
    return { pending: [], needsReload: null, reloaded: true };
  }

  #take(step: Step): boolean {
    const servers = this.#servers(step.backend);
    if ('server' in step) {
      servers.set(step.server.name, started(step.server));
      return true;
    }
    const before = servers.get(step.name) ?? runningServer(step.name);
    if (step.kind === 'remove') return before.inFlight === 0 && servers.delete(step.name);
    servers.set(step.name, { ...before, ...patchOf(step) });
    return true;
  }

  #servers(backend: string): Map<string, RunningServer> {
    const servers = this.#backends.get(backend) ?? new Map<string, RunningServer>();
    this.#backends.set(backend, servers);
    return servers;
  }
}

function nameOf(step: Step): string {
  return 'server' in step ? step.server.name : step.name;
}

function patchOf(step: Exclude<Step, { kind: 'add' | 'address' | 'remove' }>): Partial<RunningServer> {
  if (step.kind === 'weight') return { weight: step.weight };
  if (step.kind === 'mark') return { markedDown: step.down };
  return step.kind === 'check' ? { checked: step.on } : { admin: step.kind };
}

function started({ down, ...server }: DesiredServer): RunningServer {
  return { ...server, checked: true, markedDown: null, health: down ? 'down' : 'up', inFlight: 0, answers: !down };
}

function counted(servers: ReadonlyMap<string, RunningServer>, inFlight: boolean): Map<string, RunningServer> {
  return new Map([...servers].map(([name, one]) => [name, inFlight ? one : { ...one, inFlight: null }]));
}
