import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { locateProvider, type Surroundings } from './locate.js';

const PLATFORM = 'linux_amd64';
const UNPACKED = `registry.terraform.io/hashicorp/aws/5.100.0/${PLATFORM}/terraform-provider-aws_v5.100.0_x5`;
const PACKED = `registry.terraform.io/hashicorp/aws/terraform-provider-aws_5.100.0_${PLATFORM}.zip`;

describe('the search for the AWS provider', () => {
  let base = '';

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'muster-locate-'));
  });

  afterEach(() => rmSync(base, { recursive: true }));

  it('takes the mirror that TF_PLUGIN_DIR names, before anything else', () => {
    const named = mirror('named');
    touch('home/.terraformrc');
    assert.deepEqual(locate({ TF_PLUGIN_DIR: named }).initArguments, [`-plugin-dir=${named}`]);
  });

  it('takes a mirror with packed providers too', () => {
    const named = mirror('named', PACKED);
    assert.deepEqual(locate({ TF_PLUGIN_DIR: named }).initArguments, [`-plugin-dir=${named}`]);
  });

  it('refuses a TF_PLUGIN_DIR without the provider for this platform', () => {
    const named = mirror('named', UNPACKED.replace(PLATFORM, 'darwin_arm64'));
    assert.throws(() => locate({ TF_PLUGIN_DIR: named }), /named, which holds no aws provider for linux_amd64/);
  });

  it('leaves it to Terraform where TF_CLI_CONFIG_FILE names a file', () => {
    const file = touch('my.tfrc');
    mirror('opt/mirror');
    const { initArguments, env } = locate({ TF_CLI_CONFIG_FILE: file });
    assert.deepEqual({ initArguments, env }, { initArguments: [], env: { TF_CLI_CONFIG_FILE: file } });
  });

  it('keeps a TF_CLI_CONFIG_FILE that is missing from Terraform, and goes on', () => {
    const found = mirror('opt/mirror');
    const { initArguments, env } = locate({ TF_CLI_CONFIG_FILE: join(base, 'missing.tfrc') });
    assert.deepEqual({ initArguments, env }, { initArguments: [`-plugin-dir=${found}`], env: {} });
  });

  it('leaves it to Terraform where the home has a configuration', () => {
    touch('home/.terraformrc');
    mirror('opt/mirror');
    assert.deepEqual(locate().initArguments, []);
  });

  for (const [name, folder, env] of [
    ['of the home', 'home/.terraform.d/plugins', {}],
    ['of XDG_DATA_HOME', 'data/terraform/plugins', { XDG_DATA_HOME: 'data' }],
    ['of the home, under its default place', 'home/.local/share/terraform/plugins', {}],
    ['of one of XDG_DATA_DIRS', 'share/terraform/plugins', { XDG_DATA_DIRS: 'other:share' }],
  ] as const) {
    it(`leaves it to Terraform where a mirror it knows holds it: the one ${name}`, () => {
      mirror(folder);
      const { initArguments, isRegistry } = locate(inBase(env));
      assert.deepEqual({ initArguments, isRegistry }, { initArguments: [], isRegistry: false });
    });
  }

  it('names the mirror of the folder it was started in, because Terraform runs in another', () => {
    const own = mirror('here/terraform.d/plugins');
    assert.deepEqual(locate().initArguments, [`-plugin-dir=${own}`]);
  });

  it('finds a mirror three folders below a prefix, the shallowest first', () => {
    mirror('opt/a/b/c');
    const shallow = mirror('opt/z/mirror');
    assert.deepEqual(locate().initArguments, [`-plugin-dir=${shallow}`]);
    rmSync(join(base, 'opt/z'), { recursive: true });
    assert.deepEqual(locate().initArguments, [`-plugin-dir=${join(base, 'opt/a/b/c')}`]);
  });

  it('leaves it to the registry where it is nowhere, or too deep, or for another platform', () => {
    mirror('opt/a/b/c/d');
    mirror('opt/other', UNPACKED.replace(PLATFORM, 'linux_arm64'));
    const { initArguments, isRegistry } = locate();
    assert.deepEqual({ initArguments, isRegistry }, { initArguments: [], isRegistry: true });
  });

  function locate(env: Surroundings['env'] = {}) {
    const [home, folder, prefix] = ['home', 'here', 'opt'].map((name) => join(base, name));
    return locateProvider({
      env: { XDG_DATA_DIRS: join(base, 'none'), ...env },
      home: home ?? '',
      folder: folder ?? '',
      prefixes: [prefix ?? ''],
      platform: PLATFORM,
    });
  }

  function mirror(folder: string, provider = UNPACKED): string {
    touch(join(folder, provider));
    return join(base, folder);
  }

  function touch(file: string): string {
    const path = join(base, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    return path;
  }

  function inBase(env: Readonly<Record<string, string>>): Record<string, string> {
    const absolute = (value: string) =>
      value
        .split(':')
        .map((one) => join(base, one))
        .join(':');
    return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, absolute(value)]));
  }
});
