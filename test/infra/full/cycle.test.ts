import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { Moto, requirePythonWithMoto } from '../../support/moto/moto.js';
import { AttachedProvider } from '../../support/terraform/attached-provider.js';
import { InfraCopy, ROOT } from '../../support/terraform/copy.js';
import { COLLECT_LESS, mockAwsEnvironment, refuseRealAccounts } from '../../support/terraform/environment.js';
import { requireTerraform } from '../../support/terraform/require-terraform.js';
import { Account, type Inventory } from './account.js';
import { testEntrance } from './entrance.js';
import { Environment, type EnvironmentName, NAMES } from './environment.js';
import { testGroups } from './groups.js';
import { Measurements, writeBetweenMarkers } from './measurements.js';
import { testNetwork } from './network.js';
import { testPermissions } from './permissions.js';
import { given, type Stage } from './stage.js';

/** For one step in both environments; an apply takes 80 s on a machine that does nothing else. */
const PATIENCE_MS = 900_000;
const THIRD_ZONE = 'availability_zones={ eu-central-1a = 0, eu-central-1b = 1, eu-central-1c = 2 }';
const README = join(ROOT, 'infra/README.md');

describe('both environments, with the real provider, on a mock of AWS', function () {
  this.timeout(PATIENCE_MS);
  const measured = new Measurements();
  const stages = new Map<EnvironmentName, Stage>();
  const environments = new Map<EnvironmentName, Environment>();
  /** One for each environment: it keeps its configuration from call to call. */
  const providers: AttachedProvider[] = [];
  let moto: Moto;
  let account: Account;
  let copy: InfraCopy;
  let untouched: Inventory = {};
  let isWhole = false;

  before(async function () {
    const python = requirePythonWithMoto(this);
    const { terraform, provider } = await requireTerraform(this);
    this.timeout(PATIENCE_MS);
    moto = await Moto.start(python);
    await refuseRealAccounts(moto.url);
    account = new Account(moto);
    untouched = await account.inventory();
    copy = new InfraCopy();
    const env = { ...mockAwsEnvironment(process.env), ...COLLECT_LESS, ...moto.env };
    for (const name of NAMES) {
      const attached = provider === null ? null : await AttachedProvider.start(provider, env);
      if (attached !== null) providers.push(attached);
      environments.set(name, new Environment(name, copy, terraform.withEnv({ ...env, ...attached?.env })));
    }
    await applyAll();
    isWhole = true;
  });

  afterEach(function () {
    isWhole &&= this.currentTest?.state === 'passed';
  });

  after(async () => {
    account?.close();
    for (const provider of providers) await provider.stop();
    if (!isWhole) console.error(moto?.logTail());
    await moto?.stop();
    copy?.remove();
    if (stages.size === 0) return;
    const text = measured.toMarkdown();
    process.stdout.write(`\n${text}\n\n`);
    if (isWhole && process.env.RECORD === '1') writeBetweenMarkers(README, text);
  });

  describe('after an apply', () => {
    it('have nothing left to change', nothingToChange);

    for (const name of NAMES) {
      describe(name, () => {
        testNetwork(() => stage(name));
        testEntrance(() => stage(name));
        testGroups(() => stage(name));
        testPermissions(() => stage(name));
      });
    }
  });

  describe('with a new version of the images', () => {
    it('change their template and group in place, and nothing else', async () => {
      for (const name of NAMES) of(name).useImages('v2');
      const made = await measured.step('apply a new image tag', NAMES, (name) => of(name).apply());
      for (const changes of made) {
        const what = changes.map(({ type, action }) => `${action} ${type}`);
        assert.deepEqual(what.sort(), ['update aws_autoscaling_group', 'update aws_launch_template']);
      }
    });

    it('start a refresh of the instances, and none of the Consul servers', async () => {
      for (const name of NAMES) {
        const { autoscaling_group_name: instances, consul_autoscaling_group_name: servers } = stage(name).outputs;
        assert.deepEqual([await account.refreshes(instances), await account.refreshes(servers)], [1, 0], name);
      }
    });

    it('have nothing left to change', nothingToChange);
  });

  describe('with a third zone', () => {
    it('add to what is there, and destroy nothing', async () => {
      const args = ['-var', THIRD_ZONE];
      const plans = await measured.step('plan a third zone', NAMES, (name) => of(name).plan(args));
      const [production = [], staging = []] = plans.map((changes) => changes.map((one) => one.action));
      assert.deepEqual(
        [...production, ...staging].filter((action) => action !== 'create' && action !== 'update'),
        [],
      );
      const created = [production, staging].map((actions) => actions.filter((action) => action === 'create').length);
      // Two subnets, two associations, a table and a route; where each zone has its own NAT gateway that and its address.
      assert.deepEqual(created, [8, 6]);
    });
  });

  describe('after a destroy', () => {
    it('leave nothing behind', async () => {
      const secrets = NAMES.flatMap((name) => Object.values(stage(name).outputs.secret_parameters));
      await measured.step('destroy', NAMES, (name) => of(name).destroy());
      assert.deepEqual(await account.inventory(), untouched);
      for (const secret of secrets) await assert.rejects(account.parameter(secret), /SSM has no parameter/);
    });
  });

  async function applyAll(): Promise<void> {
    for (const name of NAMES) of(name).useImages('v1');
    await measured.step('init', NAMES, (name) => of(name).init());
    const made = await measured.step('apply', NAMES, (name) => of(name).apply());
    for (const [index, name] of NAMES.entries()) measured.made(name, made[index] ?? []);
    for (const name of NAMES) {
      const environment = of(name);
      stages.set(name, { name, environment, account, outputs: await environment.outputs() });
    }
  }

  async function nothingToChange(): Promise<void> {
    const drifts = await measured.step('plan again: no changes', NAMES, (name) => of(name).drift());
    for (const drift of drifts) assert.equal(drift, '');
  }

  function of(name: EnvironmentName): Environment {
    return given(environments.get(name), `environment ${name}`);
  }

  function stage(name: EnvironmentName): Stage {
    return given(stages.get(name), `outputs of ${name}`);
  }
});
