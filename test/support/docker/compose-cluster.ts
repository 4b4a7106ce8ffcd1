import { strict as assert } from 'node:assert';
import { ClusterView } from '../cluster-view.js';
import { eventually } from '../eventually.js';
import { type Load, startLoad } from '../load.js';
import { buildImages } from './build.js';
import { folderOf, hostPid } from './container.js';
import { docker } from './docker.js';
import { guardNetworks } from './guard-routes.js';
import { removeLeftovers, removeProject } from './leftovers.js';
import { Project } from './project.js';

/** What a cluster in containers is made of. */
export interface ComposeOptions {
  readonly webapps: number;
  /** What a user exports before `docker compose up`. */
  readonly env?: Readonly<Record<string, string>>;
}

const RUN_DIR = '/run/muster';
/** Containers that start need the processor too: on two cores a busier load takes it from them. */
const THINK_MS = 40;
/** Above the longest test. */
const LOAD_AT_MOST_MS = 900_000;
const UP_DEADLINE_MS = 90_000;
const SERVING_DEADLINE_MS = 30_000;

/**
 * The product's own Compose project, up as a user brings it up. What the balancer runs is read from its socket on this host,
 * through /proc/PID/root: in a moment, and without a tool in the image.
 */
export class ComposeCluster extends ClusterView {
  readonly project: Project;
  /** The public address. */
  readonly url: string;

  private constructor(project: Project) {
    super('', project.ports.api);
    this.project = project;
    this.url = `http://127.0.0.1:${project.ports.public}/`;
  }

  /** A project of this test run. */
  static async start({ webapps, env }: ComposeOptions): Promise<ComposeCluster> {
    await removeLeftovers();
    return ComposeCluster.launch(await Project.of(env), webapps);
  }

  /** Builds the images if this run has not yet, starts all of it and waits until every webapp is served. */
  static async launch(project: Project, webapps: number): Promise<ComposeCluster> {
    await buildImages(project);
    const cluster = new ComposeCluster(project);
    try {
      await cluster.up('--scale', `webapp=${webapps}`);
      await cluster.findHa();
      await cluster.expectConverged(await cluster.webapps(), SERVING_DEADLINE_MS);
      return cluster;
    } catch (failure) {
      const logs = await cluster.logs();
      await cluster.stop();
      throw new Error(`the cluster did not start: ${String(failure)}\n${logs}`, { cause: failure });
    }
  }

  up(...args: readonly string[]): Promise<string> {
    return this.project.compose(['up', '--detach', '--no-build', ...args], { deadlineMs: UP_DEADLINE_MS });
  }

  /** Scales the webapps and waits until file, running state and membership say so; the ids of those that run now. */
  async scale(count: number): Promise<string[]> {
    await this.up('--scale', `webapp=${count}`);
    const ids = await this.webapps();
    assert.equal(ids.length, count, `webapps that run: ${ids.join(', ')}`);
    await this.expectConverged(ids, SERVING_DEADLINE_MS);
    return ids;
  }

  /** Ids of the webapps that run: as host names, as members, and as containers, in the order of their names. */
  async webapps(): Promise<string[]> {
    return (await this.containers('webapp')).sort();
  }

  /** The only container of a service, running or not. */
  async container(service: string): Promise<string> {
    const [id, ...others] = await this.containers(service, ['--all']);
    assert.ok(id !== undefined && others.length === 0, `${others.length + 1} containers of ${service}`);
    return id;
  }

  async containers(service: string, args: readonly string[] = []): Promise<string[]> {
    const labels = [`project=${this.project.name}`, `service=${service}`];
    const filters = labels.flatMap((one) => ['--filter', `label=com.docker.compose.${one}`]);
    return (await docker(['ps', '--quiet', ...args, ...filters])).split('\n').filter(Boolean);
  }

  /** After each start of the balancer's container: it is another process then, with another file system. */
  async findHa(): Promise<void> {
    this.moveTo(folderOf(await hostPid(await this.container('ha')), RUN_DIR));
    await eventually(() => this.runningServers(), SERVING_DEADLINE_MS);
    await eventually(() => this.api.status(), SERVING_DEADLINE_MS);
  }

  /** Load through the published port: 16 clients, half of them keep-alive. */
  load(): Promise<Load> {
    return startLoad({ url: this.url, thinkMs: THINK_MS, maxMs: LOAD_AT_MOST_MS });
  }

  /** `docker compose down`; how long it took. Networks are gone afterwards, volumes stay. */
  async down(): Promise<number> {
    await guardNetworks(this.project.name);
    const startMs = performance.now();
    await this.project.compose(['down'], { deadlineMs: UP_DEADLINE_MS });
    return performance.now() - startMs;
  }

  /** Which containers there are, and the latest lines of each, for messages. */
  async logs(lines = 25): Promise<string> {
    const asked = [
      ['ps', '--all', '--no-trunc'],
      ['logs', '--no-color', '--timestamps', '--tail', String(lines)],
    ];
    const told = asked.map((args) => this.project.compose(args).catch((failure: Error) => failure.message));
    return (await Promise.all(told)).join('\n');
  }

  /** Removes all of it, whatever state it is in. */
  stop(): Promise<void> {
    return removeProject(this.project);
  }
}
