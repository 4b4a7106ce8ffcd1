import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedEvent } from '../../ha/src/events/event.js';
import type { MemberEventType } from '../../membership/src/event.js';
import { ClusterApi } from './cluster-api.js';
import { type BalancerSeen, balancerIn } from './cluster-balancer.js';
import type { ServerSeen } from './cluster-haproxy.js';
import { type LogLine, logLines } from './cluster-log.js';
import { SERVICE } from './cluster-options.js';
import { eventually, PATIENCE_MS } from './eventually.js';

/** What can be seen of a cluster from outside, and what a test may expect of it. Starts and stops nothing. */
export class ClusterView {
  readonly api: ClusterApi;
  #runDir: string;

  constructor(runDir: string, apiPort: number) {
    this.#runDir = runDir;
    this.api = new ClusterApi(apiPort, () => readFileSync(join(this.runDir, 'token'), 'utf8').trim());
  }

  /** Where the balancer keeps socket, config and token. */
  get runDir(): string {
    return this.#runDir;
  }

  /** A container that was started again has them elsewhere. */
  protected moveTo(runDir: string): void {
    this.#runDir = runDir;
  }

  /** What the balancer runs now, servers of our service only. */
  async runningServers(): Promise<ServerSeen[]> {
    const all = await this.#balancer().runningServers();
    return all.filter((one) => one.backend === SERVICE).sort(byName);
  }

  /** What the balancer's file says, servers of our service only. */
  configServers(): ServerSeen[] {
    return this.#balancer()
      .configServers()
      .filter((one) => one.backend === SERVICE)
      .sort(byName);
  }

  config(): string {
    return readFileSync(this.#balancer().file, 'utf8');
  }

  workerPid(): Promise<number> {
    return this.#balancer().workerPid();
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
  async expectConverged(ids: readonly string[], deadlineMs = PATIENCE_MS): Promise<void> {
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
  async expectServing(ids: readonly string[], deadlineMs = PATIENCE_MS): Promise<void> {
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
    deadlineMs = PATIENCE_MS,
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

  #balancer(): BalancerSeen {
    return balancerIn(this.runDir);
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
