import { strict as assert } from 'node:assert';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { balancerArgs } from './cluster-balancer.js';
import { type ClusterOptions, SERVICE } from './cluster-options.js';
import { ClusterView } from './cluster-view.js';
import { eventually } from './eventually.js';
import { FULL } from './full.js';
import { freePorts } from './ports.js';
import { runToEnd } from './processes.js';
import { SupervisedProcess } from './supervised-process.js';

const WATCHER = fileURLToPath(new URL('../../ha/dist/main.js', import.meta.url));

/** What a balancer keeps in its run directory. */
const FILES = ['haproxy.cfg', 'haproxy.sock', 'master.sock', 'nginx.conf', 'nginx.sock', 'nginx.pid'];

/** Ports of one balancer. */
export interface HaPorts {
  readonly bind: number;
  readonly stats: number;
  readonly api: number;
}

export async function freeHaPorts(): Promise<HaPorts> {
  const [bind = 0, stats = 0, api = 0] = await freePorts(3);
  return { bind, stats, api };
}

/**
 * A machine that stands still for a moment lets all connects under way run out of time together (ADR 0009). On loopback who is
 * not there refuses at once, so nothing else depends on it.
 */
const PATIENT = { TIMEOUT_CONNECT: '3s' };

/** The balancer of a cluster: watcher and HAProxy or NGINX, both supervised as s6 supervises them. */
export class ClusterHa extends ClusterView {
  readonly templateDir: string;
  readonly url: string;
  readonly options: ClusterOptions;
  readonly #env: Readonly<Record<string, string>>;
  #balancer: SupervisedProcess | null = null;
  #watcher: SupervisedProcess | null = null;

  protected constructor(options: ClusterOptions, runDir: string, { bind, stats, api }: HaPorts) {
    super(runDir, api);
    this.options = options;
    this.templateDir = join(runDir, 'templates');
    this.url = `http://127.0.0.1:${bind}/`;
    this.#env = {
      LOG_LEVEL: 'debug',
      SERVICES: SERVICE,
      BALANCER: options.balancer.name,
      BALANCER_ID: 'ha-1',
      [options.balancer.name === 'nginx' ? 'NGINX_BIN' : 'HAPROXY_BIN']: options.balancer.bin,
      BIND: `127.0.0.1:${bind}`,
      STATS_BIND: `127.0.0.1:${stats}`,
      API_BIND: `127.0.0.1:${api}`,
      RUN_DIR: runDir,
      STATE_DIR: join(runDir, 'state'),
      TEMPLATE_DIR: this.templateDir,
      MEMBER_CIDRS: '127.0.0.0/8',
      ...(FULL ? {} : PATIENT),
      ...options.registry.env(),
      ...options.env,
    };
  }

  /** What starting the balancer's container means: first config, balancer, watcher. */
  async startHa(): Promise<void> {
    await runToEnd(this.#spec('prepare', process.execPath, [WATCHER, 'prepare']));
    const { name, bin } = this.options.balancer;
    this.#balancer = new SupervisedProcess(this.#spec(name, bin, balancerArgs(name, this.runDir)));
    await eventually(() => this.runningServers());
    this.startWatcher();
    await eventually(() => this.api.status());
  }

  startWatcher(): void {
    this.#watcher = new SupervisedProcess(this.#spec('watcher', process.execPath, [WATCHER]));
  }

  /** SIGTERM to watcher and balancer; the config goes too, as on a container's tmpfs. The state directory stays. */
  async stopHa(): Promise<void> {
    await this.stopWatcher();
    await this.#balancer?.stop();
    this.#balancer = null;
    for (const file of FILES) rmSync(join(this.runDir, file), { force: true });
  }

  /** Ends both at once, whatever state they are in, and leaves every file where it is. */
  protected async endHa(): Promise<void> {
    const results = await Promise.allSettled([this.#watcher, this.#balancer].map((one) => one?.stop()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
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
    });
  }

  get watcher(): SupervisedProcess {
    assert.ok(this.#watcher, 'no watcher runs');
    return this.#watcher;
  }

  get balancer(): SupervisedProcess {
    assert.ok(this.#balancer, 'no balancer runs');
    return this.#balancer;
  }

  #spec(name: string, command: string, args: readonly string[]) {
    return { name, command, args, env: this.#env, logFile: this.logFile(name) };
  }
}
