import { strict as assert } from 'node:assert';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { RunningProcess } from '../../support/processes.js';
import { ROOT } from '../../support/terraform/copy.js';
import { GOSSIP_KEY } from './sample-instances.js';

interface Contained {
  readonly command: readonly string[];
  readonly healthcheck: { readonly test: readonly [kind: string, script: string] };
}

/** A real Consul server with what `compose.consul.yml` gives it, under an address of 127.0.0.0/8 in place of an instance. */
export class ContainedConsul {
  readonly address = `127.${randomInt(1, 255)}.${randomInt(255)}.${randomInt(1, 255)}`;
  /** The health check of the container. */
  readonly check: { readonly script: string; readonly env: Readonly<Record<string, string>> };
  readonly #folder = mkdtempSync(join(tmpdir(), 'muster-contained-'));
  readonly #process: RunningProcess;

  /**
   * @param servers how many there are to be
   * @param other one to join; else it finds itself alone
   */
  constructor(bin: string, servers: number, other?: ContainedConsul) {
    const { command, healthcheck } = readService();
    const values: Readonly<Record<string, string>> = {
      SERVERS: String(servers),
      INSTANCE_ID: `i-${this.address.replaceAll('.', '0')}`,
      LOCAL_ADDRESS: this.address,
      RETRY_JOIN: (other ?? this).address,
    };
    const gossip = join(this.#folder, 'gossip.json');
    writeFileSync(gossip, JSON.stringify({ encrypt: GOSSIP_KEY }));
    const [kind, script] = healthcheck.test;
    assert.equal(kind, 'CMD-SHELL');
    const env = { PATH: `${dirname(bin)}:${process.env.PATH}`, CONSUL_HTTP_ADDR: `${this.address}:8500` };
    this.check = { script: fill(script, values), env };
    const args = command
      .map((one) => fill(one, values))
      .map((one) =>
        one.replace('/consul/data', join(this.#folder, 'data')).replace('/consul/gossip/gossip.json', gossip),
      )
      // Two servers of one machine cannot share 127.0.0.1.
      .map((one) => one.replace('-client=127.0.0.1', `-client=${this.address}`));
    this.#process = new RunningProcess({
      name: 'consul',
      command: bin,
      args,
      env: {},
      logFile: join(this.#folder, 'log'),
    });
  }

  /** What its HTTP API says at a path below `v1/`. */
  async ask(path: string): Promise<unknown> {
    const answer = await fetch(`http://${this.address}:8500/v1/${path}`);
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  }

  async close(): Promise<void> {
    await this.#process.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function readService(): Contained {
  const text = readFileSync(join(ROOT, 'infra/instance/compose.consul.yml'), 'utf8');
  return (load(text) as { readonly services: { readonly consul: Contained } }).services.consul;
}

/** As Compose does. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\{(\w+)\}/g, (found, name: string) => {
    if (found === '$$') return '$';
    const value = values[name];
    assert.ok(value !== undefined, `${name} has no value`);
    return value;
  });
}
