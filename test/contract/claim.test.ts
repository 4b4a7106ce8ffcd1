import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  addressPolicy,
  consulRegistrar,
  consulSource,
  fileRegistrar,
  fileSource,
  type MemberSet,
  type MembershipSource,
  parseConsulAddress,
  type Registrar,
} from '@muster/membership';
import { type ClaimRegistry, claimPlace } from '../../membership/src/claim/claim.js';
import { requireBinary } from '../support/binaries.js';
import { TestConsul } from '../support/consul.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import { type Follower, follow } from './follow.js';
import { LONG_TTL_MS, newService, registration } from './harness.js';

const built = (file: string) => fileURLToPath(new URL(`../../membership/dist/claim/${file}`, import.meta.url));
/** What it imports late is loaded beforehand: on a busy machine that alone may take the second which it has. */
const SCRIPT = ['--import', built('file.js'), built('main.js')];
const DEADLINE_MS = 60_000;
const POLICY = addressPolicy(['127.0.0.0/8', '192.0.2.0/24'], []);

interface Registry {
  readonly source: MembershipSource;
  readonly registrar: () => Registrar;
  readonly claims: ClaimRegistry;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

claimContract('file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'muster-claim-'));
  return {
    source: fileSource({ dir, policy: POLICY }),
    registrar: () => fileRegistrar({ dir, ttlMs: LONG_TTL_MS }),
    claims: { dir },
    env: { REGISTRY_DIR: dir },
    close: () => rm(dir, { recursive: true }),
  };
});

claimContract('consul', async (context) => {
  const consul = await TestConsul.start(requireBinary(context, 'consul'));
  const address = parseConsulAddress(consul.address);
  return {
    source: consulSource({ address, policy: POLICY }),
    registrar: () =>
      consulRegistrar({ address, requestTimeoutMs: PATIENCE_MS, ttlMs: LONG_TTL_MS, reapAfterMs: 60_000 }),
    claims: { consul: { address, token: null } },
    env: { CONSUL_HTTP_ADDR: consul.address },
    close: () => consul.close(),
  };
});

/** What a claim of an address does, whatever the registry is. */
function claimContract(name: string, setup: (context: Mocha.Context) => Promise<Registry>): void {
  describe(`claiming an address: ${name}`, () => {
    const signal = new AbortController().signal;
    let registry: Registry;
    let service: string;
    let members: Follower<MemberSet>;

    const place = (id: string, port: number, address = '127.0.0.1') => ({ service, id, address, port });
    const joined: (() => Promise<void>)[] = [];
    const join = async (id: string, port: number, patch: Partial<{ address: string; boot: string }> = {}) => {
      const registrar = registry.registrar();
      const self = { ...registration(service, id, port), ...patch };
      joined.push(() => registrar.leave(self.service, id, signal));
      await registrar.join(self, signal);
      return () => registrar.heartbeat(self, signal);
    };
    const has = (...ids: readonly string[]) =>
      members.until((set) => assert.deepEqual([...set.members.keys(), ...set.rejected.map(({ id }) => id)], ids));

    before(async function () {
      registry = await setup(this);
    });
    beforeEach(() => {
      service = newService();
      members = follow((stop) => registry.source.watch(service, stop));
    });
    afterEach(async () => {
      await members.stop();
      // A claim looks at all services, so at those of the other tests too.
      for (const leave of joined.splice(0)) await leave();
    });
    after(() => registry.close());

    it('removes who was there before, and nobody else', async () => {
      await join('dead', 3000);
      await join('elsewhere', 3001);
      await join('foreign', 3002, { boot: '' });
      await has('dead', 'elsewhere', 'foreign');
      assert.deepEqual(await claimPlace(registry.claims, place('new', 3000), DEADLINE_MS), [`${service}/dead`]);
      assert.deepEqual(await claimPlace(registry.claims, place('new', 3002), DEADLINE_MS), []);
      await has('elsewhere', 'foreign');
    });

    it('removes members of another service too, also one of our id', async () => {
      const api = newService();
      await join('dead', 3000);
      await join('new', 3000);
      await has('dead', 'new');
      const removed = await claimPlace(registry.claims, { ...place('new', 3000), service: api }, DEADLINE_MS);
      assert.deepEqual(removed, [`${service}/dead`, `${service}/new`]);
      await has();
    });

    it('leaves an entry of the own id alone: it may serve at this moment', async () => {
      await join('same', 3000);
      assert.deepEqual(await claimPlace(registry.claims, place('same', 3000), DEADLINE_MS), []);
      await has('same');
    });

    it('does nothing for an address that is not one of this machine', async () => {
      await join('other', 3000, { address: '192.0.2.7' });
      assert.deepEqual(await claimPlace(registry.claims, place('new', 3000, '192.0.2.7'), DEADLINE_MS), []);
      await has('other');
    });

    it('is undone by the next heartbeat of a member that lives there after all', async () => {
      const heartbeat = await join('alive', 3000);
      await claimPlace(registry.claims, place('new', 3000), DEADLINE_MS);
      await has();
      await heartbeat();
      await has('alive');
    });

    it('does not mind a service that nobody has joined', async () => {
      assert.deepEqual(await claimPlace(registry.claims, place('new', 3000), DEADLINE_MS), []);
    });

    it('is made by a script before an app is started, under a name and with defaults too', async () => {
      // It gives up after a second, which a busy machine may take.
      await eventually(async () => {
        await join('dead', 3000);
        await has('dead');
        const { code, said } = await runScript({ ...registry.env, SERVICE: service, MEMBER_ADDRESS: 'localhost' });
        assert.equal(code, 0, said);
        assert.match(
          said,
          new RegExp(`"port":3000,"rivals":\\["${service}/dead"\\],"msg":"entries of others at our address`),
        );
      }, 2 * PATIENCE_MS);
      await has();
    });
  });
}

describe('the script that claims an address', () => {
  it('never keeps an app from starting', async () => {
    for (const env of [{ CONSUL_HTTP_ADDR: '127.0.0.1:1', MEMBER_ADDRESS: '127.0.0.1' }, { CONSUL_HTTP_ADDR: ':' }, {}])
      assert.equal((await runScript(env)).code, 0, JSON.stringify(env));
  });
});

function runScript(env: Readonly<Record<string, string>>): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const { PATH = '' } = process.env;
    const child = execFile(process.execPath, SCRIPT, { env: { PATH, ...env } }, (_error, said, complaints) =>
      resolve({ code: child.exitCode, said: said + complaints }),
    );
  });
}
