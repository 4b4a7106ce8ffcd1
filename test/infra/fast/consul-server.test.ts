import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { connect } from 'node:net';
import { requireBinary } from '../../support/binaries.js';
import { runTool } from '../../support/docker/docker.js';
import { eventually } from '../../support/eventually.js';
import { ContainedConsul } from './contained-consul.js';

/** As on its instance: the arguments and the health check of its container, and Consul's usual ports. */
describe('a Consul server, as its container runs it', () => {
  const started: ContainedConsul[] = [];
  let bin: string;

  before(function () {
    bin = requireBinary(this, 'consul');
    // Elsewhere 127.0.0.1 is the only address of its kind.
    if (process.platform === 'linux') return;
    console.error('\n  !!! SKIPPED: needs the loopback addresses of Linux\n');
    this.skip();
  });

  afterEach(async () => {
    for (const server of started.splice(0)) await server.close();
  });

  async function start(servers: number, join?: ContainedConsul): Promise<ContainedConsul> {
    const server = new ContainedConsul(bin, servers, join);
    started.push(server);
    await eventually(() => server.ask('agent/self'));
    return server;
  }

  /** Rejects where its health check fails. */
  async function health({ check }: ContainedConsul): Promise<void> {
    await runTool('sh', ['-c', check.script], { env: check.env });
  }

  it('is healthy as the only one', async () => {
    const alone = await start(1);
    await eventually(() => health(alone));
  });

  it('is not healthy where it finds none of the others', async () => {
    await assert.rejects(health(await start(3)), /ended with 1/);
  });

  it('is healthy where it knows another one, without a leader too', async () => {
    const first = await start(3);
    const second = await start(3, first);
    for (const server of [first, second]) await eventually(() => health(server));
    assert.equal(await first.ask('status/leader'), '');
  });

  it('listens for servers of its own datacenter only', async () => {
    const { address } = await start(1);
    const reached = connect({ host: address, port: 8301 });
    await once(reached, 'connect');
    reached.destroy();
    await assert.rejects(once(connect({ host: address, port: 8302 }), 'connect'), /ECONNREFUSED/);
  });
});
