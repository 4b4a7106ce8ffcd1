import { strict as assert } from 'node:assert';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecordedEvent } from '../../ha/src/events/event.js';
import type { MemberEventType } from '../../membership/src/event.js';
import { ClusterApi } from './cluster-api.js';
import { configServers, runningServers, type ServerSeen, workerPid } from './cluster-haproxy.js';
import { type LogLine, logLines } from './cluster-log.js';
import { type ClusterMember, startMember } from './cluster-member.js';
import type { ClusterRegistry } from './cluster-registry.js';
import { eventually } from './eventually.js';
import { freePorts } from './ports.js';
import { type Exit, runToEnd, SupervisedProcess, tail } from './processes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const SERVICE = 'webapp';

export interface ClusterOptions {
  readonly registry: ClusterRegistry;
  readonly haproxyBin: string;
  readonly members: number;
  /** `webapp` is the sample app; `echo` writes down every request that reached it. */
  readonly app?: 'webapp' | 'echo';
  /** For the watcher. */
  readonly env?: Readonly<Record<string, string>>;
  /** For each member: agent and app. */
  readonly memberEnv?: Readonly<Record<string, string>>;
}

/**
 * A whole native cluster of real processes, put together without the CLI: watcher and HAProxy, both supervised as s6
 * supervises them, and members, each an agent that runs its app.
 */
export class Cluster {
  readonly runDir: string;
  readonly templateDir: string;
  readonly url: string;
  readonly api: ClusterApi;
  readonly members = new Map<string, ClusterMember>();
  readonly options: ClusterOptions;
  readonly #haEnv: Readonly<Record<string, string>>;
  #haproxy: SupervisedProcess | null = null;
  #watcher: SupervisedProcess | null = null;

  private constructor(options: ClusterOptions, runDir: string, [bind = 0, stats = 0, api = 0]: readonly number[]) {
    this.options = options;
    this.runDir = runDir;
    this.templateDir = join(runDir, 'templates');
    this.url = `http://127.0.0.1:${bind}/`;
    this.api = new ClusterApi(api, runDir);
    this.#haEnv = {
      LOG_LEVEL: 'debug',
      SERVICES: SERVICE,
      BALANCER: 'haproxy',
      BALANCER_ID: 'ha-1',
      HAPROXY_BIN: options.haproxyBin,
      BIND: `127.0.0.1:${bind}`,
      STATS_BIND: `127.0.0.1:${stats}`,
      API_BIND: `127.0.0.1:${api}`,
      RUN_DIR: runDir,
      STATE_DIR: join(runDir, 'state'),
      TEMPLATE_DIR: this.templateDir,
      MEMBER_CIDRS: '127.0.0.0/8',
      ...options.registry.env(),
      ...options.env,
    };
  }

  /** Starts all of it and waits until every member is served. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const runDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'muster-test-'));
    const cluster = new Cluster(options, runDir, await freePorts(3));
    try {
      mkdirSync(join(runDir, 'logs'));
      mkdirSync(join(runDir, 'state'));
      cpSync(join(ROOT, 'ha/templates'), cluster.templateDir, { recursive: true });
      await cluster.startHa();
      await cluster.scale(options.members);
      return cluster;
    } catch (failure) {
      const logs = cluster.logTails();
      await cluster.stop();
      throw new Error(`the cluster did not start: ${String(failure)}\n${logs}`, { cause: failure });
    }
  }

  /** What starting the balancer's container means: first config, HAProxy, watcher. */
  async startHa(): Promise<void> {
    await runToEnd(this.#spec('prepare', process.execPath, [join(ROOT, 'ha/dist/main.js'), 'prepare']));
    const args = ['-W', '-S', join(this.runDir, 'master.sock'), '-f', join(this.runDir, 'haproxy.cfg')];
    this.#haproxy = new SupervisedProcess(this.#spec('haproxy', this.options.haproxyBin, args));
    await eventually(() => this.runningServers(), 5_000);
    this.startWatcher();
    await eventually(() => this.api.status(), 10_000);
  }

  startWatcher(): void {
    this.#watcher = new SupervisedProcess(this.#spec('watcher', process.execPath, [join(ROOT, 'ha/dist/main.js')]));
  }

  /** SIGTERM to watcher and HAProxy; the config goes too, as on a container's tmpfs. The state directory stays. */
  async stopHa(): Promise<void> {
    await this.stopWatcher();
    await this.#haproxy?.stop();
    this.#haproxy = null;
    for (const file of ['haproxy.cfg', 'haproxy.sock', 'master.sock']) rmSync(join(this.runDir, file), { force: true });
  }

  async stopWatcher(): Promise<void> {
    await this.#watcher?.stop();
    this.#watcher = null;
  }

  /** SIGKILL to the watcher, which is started again at once; resolves when the new one answers in sync. */
  async killWatcher(): Promise<void> {
    const before = this.watcher.starts;
    this.watcher.current.signalAll('SIGKILL');
    await eventually(async () => {
      assert.ok(this.watcher.starts > before, 'the watcher was not started again');
      assert.ok((await this.api.status()).inSync, 'the new watcher is not in sync');
    }, 15_000);
  }

  get watcher(): SupervisedProcess {
    assert.ok(this.#watcher, 'no watcher runs');
    return this.#watcher;
  }

  get haproxy(): SupervisedProcess {
    assert.ok(this.#haproxy, 'no HAProxy runs');
    return this.#haproxy;
  }

  member(id: string): ClusterMember {
    const member = this.members.get(id);
    assert.ok(member, `no member ${id}`);
    return member;
  }

  /** Starts w1…wN as far as they are missing, stops the others gracefully, and waits for convergence. */
  async scale(count: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, index) => `w${index + 1}`);
    const surplus = [...this.members.keys()].filter((id) => !ids.includes(id));
    await Promise.all([
      ...ids.filter((id) => !this.members.has(id)).map((id) => this.startMember(id)),
      ...surplus.map((id) => this.stopGracefully(id)),
    ]);
    await this.expectConverged(ids);
  }

  /** Starts one member, on the port it had before if it had one. */
  async startMember(id: string): Promise<void> {
    this.members.set(id, await startMember(ROOT, this.runDir, id, this.options));
  }

  /** SIGTERM to the agent, as `docker stop` does; resolves with its exit. */
  async stopGracefully(id: string, deadlineMs = 25_000): Promise<Exit> {
    const { process } = this.member(id);
    const exit = await process.stop(deadlineMs);
    this.members.delete(id);
    return exit;
  }

  /** SIGKILL to agent and app at once. */
  async killMember(id: string): Promise<void> {
    const { process } = this.member(id);
    this.members.delete(id);
    await process.kill();
  }

  /** What HAProxy runs now, servers of our service only. */
  async runningServers(): Promise<ServerSeen[]> {
    const all = await runningServers(join(this.runDir, 'haproxy.sock'));
    return all.filter((one) => one.backend === SERVICE).sort(byName);
  }

  /** What HAProxy's file says, servers of our service only. */
  configServers(): ServerSeen[] {
    return configServers(join(this.runDir, 'haproxy.cfg'))
      .filter((one) => one.backend === SERVICE)
      .sort(byName);
  }

  config(): string {
    return readFileSync(join(this.runDir, 'haproxy.cfg'), 'utf8');
  }

  workerPid(): Promise<number> {
    return workerPid(join(this.runDir, 'haproxy.sock'));
  }

  async reloads(): Promise<number> {
    return (await this.api.status()).reloads;
  }

  /** JSON lines of the watcher's log from byte `from` on. */
  watcherLog(from = 0): LogLine[] {
    return logLines(this.logFile('watcher'), from);
  }

  /** Every runtime command that the watcher logged. */
  transcript(from = 0): string[] {
    return this.watcherLog(from).flatMap((line) => (typeof line.command === 'string' ? [line.command] : []));
  }

  /** File, running state and membership hold exactly these members, all serving, and the watcher says so too. */
  async expectConverged(ids: readonly string[], deadlineMs = 10_000): Promise<void> {
    const expected = [...ids].sort();
    await eventually(async () => {
      const members = await this.api.members();
      assert.deepEqual(
        members.map((one) => `${one.id} ${one.status}`).sort(),
        expected.map((id) => `${id} alive`),
        'membership',
      );
      const endpoints = members.map((one) => `${one.id} ${one.address}:${one.port}`).sort();
      assert.deepEqual(this.configServers().map(nameAndEndpoint), endpoints, 'file');
      const running = await this.runningServers();
      assert.deepEqual(running.map(nameAndEndpoint), endpoints, 'running state');
      assert.deepEqual(
        running.filter(isServing).map((one) => one.name),
        expected,
        'serving',
      );
      assert.ok((await this.api.status()).inSync, 'the watcher does not call itself in sync');
    }, deadlineMs);
  }

  /** Exactly these members get new requests. */
  async expectServing(ids: readonly string[], deadlineMs = 10_000): Promise<void> {
    await eventually(
      async () => {
        const serving = (await this.runningServers()).filter(isServing).map((one) => one.name);
        assert.deepEqual(serving, [...ids].sort(), 'serving');
      },
      deadlineMs,
      5,
    );
  }

  /** Waits for an event after sequence number `after`. */
  event(
    type: RecordedEvent['type'] | MemberEventType,
    member: string | null,
    after = -1,
    deadlineMs = 10_000,
  ): Promise<RecordedEvent> {
    return eventually(async () => {
      const events = await this.api.events();
      const found = events.find(
        (one) => one.type === type && one.seq > after && (member === null || one.member === member),
      );
      const seen = events.filter((one) => one.seq > after).map((one) => `${one.type} ${one.member}`);
      assert.ok(found, `no ${type} of ${member ?? 'anything'}; seen: ${seen.join(', ')}`);
      return found;
    }, deadlineMs);
  }

  /** Number of the latest event: the mark for `event(…, after)`. */
  async lastSeq(): Promise<number> {
    return (await this.api.events()).at(-1)?.seq ?? -1;
  }

  logFile(name: string): string {
    return join(this.runDir, 'logs', `${name}.log`);
  }

  logTails(): string {
    const names = ['prepare', 'haproxy', 'watcher', ...this.members.keys()];
    return names.map((name) => tail(this.logFile(name), 12)).join('\n');
  }

  /** Ends every process, whatever state it is in, and removes the run directory (kept with MUSTER_KEEP=1). */
  async stop(): Promise<void> {
    const members = [...this.members.values()].map((one) => one.process.kill());
    const ha = [this.#watcher, this.#haproxy].map((one) => one?.stop());
    const results = await Promise.allSettled([...members, ...ha]);
    await this.options.registry.stop();
    if (process.env.MUSTER_KEEP === '1') console.log(`    kept ${this.runDir}`);
    else rmSync(this.runDir, { recursive: true, force: true });
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  #spec(name: string, command: string, args: readonly string[]) {
    return { name, command, args, env: this.#haEnv, logFile: this.logFile(name) };
  }
}

function isServing(server: ServerSeen): boolean {
  return server.up && server.admin === 'ready';
}

function nameAndEndpoint(server: ServerSeen): string {
  return `${server.name} ${server.endpoint}`;
}

function byName(a: ServerSeen, b: ServerSeen): number {
  return a.name < b.name ? -1 : 1;
}
