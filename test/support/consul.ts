import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePorts } from './ports.js';
import { RunningProcess, tail } from './processes.js';

/** One real Consul server on 127.0.0.1, that can be stopped, frozen, and started again with or without its data. */
export class TestConsul {
  /** For `CONSUL_HTTP_ADDR`. It stays the same over restarts. */
  readonly address: string;
  readonly #bin: string;
  readonly #folder: string;
  #running: RunningProcess | null = null;
  /** A test run that ends in the middle must not leave a server behind. */
  readonly #onExit = (): void => void this.#running?.signal('SIGKILL');

  private constructor(bin: string, folder: string, httpPort: number) {
    this.#bin = bin;
    this.#folder = folder;
    this.address = `127.0.0.1:${httpPort}`;
    process.once('exit', this.#onExit);
  }

  /** Starts a server and waits until it has a leader and knows itself. */
  static async start(bin: string): Promise<TestConsul> {
    const folder = mkdtempSync(join(tmpdir(), 'muster-consul-'));
    const [http = 0, serf_lan = 0, server = 0] = await freePorts(3);
    const config = {
      ports: { http, serf_lan, server, serf_wan: -1, dns: -1, grpc: -1, https: -1 },
      performance: { raft_multiplier: 1 },
      disable_update_check: true,
      leave_on_terminate: false,
      log_level: 'info',
      node_name: 'test',
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const consul = new TestConsul(bin, folder, http);
    await consul.restart();
    return consul;
  }

  /** Starts it again, with the data kept or (`wipe`) gone, as a server whose disk was lost. */
  async restart(options: { readonly wipe?: boolean } = {}): Promise<void> {
    await this.stop();
    if (options.wipe) rmSync(join(this.#folder, 'data'), { recursive: true, force: true });
    this.#running = new RunningProcess({
      name: 'consul',
      command: this.#bin,
      args: ['agent', '-server', '-bootstrap-expect=1', '-bind=127.0.0.1', '-client=127.0.0.1', ...this.#files()],
      env: {},
      logFile: this.#log(),
    });
    await this.#ready();
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    this.resume();
    await this.#running?.stop(5_000);
    this.#running = null;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#running?.kill();
    this.#running = null;
  }

  pause(): void {
    this.#running?.signal('SIGSTOP');
  }

  resume(): void {
    this.#running?.signal('SIGCONT');
  }

  /** Stops it and removes its files. */
  async close(): Promise<void> {
    await this.kill();
    process.off('exit', this.#onExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A call of the HTTP API past the code under test; fails when Consul refuses it. */
  async api(method: 'GET' | 'PUT', path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`http://${this.address}/v1/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  #files(): string[] {
    return [`-config-file=${join(this.#folder, 'config.json')}`, `-data-dir=${join(this.#folder, 'data')}`];
  }

  #log(): string {
    return join(this.#folder, 'log');
  }

  /** A leader alone is not enough: until the server has registered itself, registrations wait. */
  async #ready(): Promise<void> {
    try {
      await eventually(async () => {
        if (this.#running?.exit) throw new Error('it ended');
        const self = await this.api('GET', 'health/node/test');
        if (!Array.isArray(self) || self.length === 0) throw new Error('it does not know itself yet');
      });
    } catch (cause) {
      const log = tail(this.#log());
      await this.kill();
      throw new Error(`consul on ${this.address} did not become ready:\n${log}`, { cause });
    }
  }
}
