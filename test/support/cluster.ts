import { strict as assert } from 'node:assert';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClusterHa, freeHaPorts } from './cluster-ha.js';
import { type ClusterMember, startMember } from './cluster-member.js';
import type { ClusterOptions } from './cluster-options.js';
import { type Exit, tail } from './processes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A whole native cluster of real processes, put together without the CLI: the balancer and members, each an agent that
 * runs its app.
 */
export class Cluster extends ClusterHa {
  readonly members = new Map<string, ClusterMember>();

  /** Starts all of it and waits until every member is served. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const runDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'muster-test-'));
    const cluster = new Cluster(options, runDir, await freeHaPorts());
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

  /** Starts one member, on the given port or the one it had before if it had one. */
  async startMember(id: string, port?: number): Promise<void> {
    this.members.set(id, await startMember(ROOT, this.runDir, id, this.options, port));
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

  logTails(): string {
    const names = ['prepare', this.options.balancer.name, 'watcher', ...this.members.keys()];
    return names.map((name) => tail(this.logFile(name), 12)).join('\n');
  }

  /** Ends every process, whatever state it is in, and removes the run directory (kept with MUSTER_KEEP=1). */
  async stop(): Promise<void> {
    const members = [...this.members.values()].map((one) => one.process.kill());
    const results = await Promise.allSettled([...members, this.endHa()]);
    await this.options.registry.stop();
    if (process.env.MUSTER_KEEP === '1') console.log(`    kept ${this.runDir}`);
    else rmSync(this.runDir, { recursive: true, force: true });
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
