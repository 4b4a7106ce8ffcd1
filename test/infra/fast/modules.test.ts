import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolders, ROOT } from '../../support/terraform/copy.js';
import { describeRuns } from '../../support/terraform/describe-runs.js';
import { Lab } from '../../support/terraform/lab.js';
import { declaredRuns, type TestResult } from '../../support/terraform/test-runs.js';

/** All modules share the machine: the last one waits for all others. */
const PATIENCE_MS = 240_000;
const ROOTS = ['production', 'staging'];

describe('the infrastructure, by terraform', function () {
  this.timeout(PATIENCE_MS);
  let lab: Lab;
  let valid: Map<string, Promise<void>>;
  let results: Map<string, Promise<TestResult>>;

  before(async function () {
    lab = await Lab.open(this);
    // All at once: as many run as the machine has cores, and each test below waits for its own.
    valid = new Map(ROOTS.map((root) => [root, lab.validate(root)]));
    results = new Map(testedModules().map((module) => [module, lab.tests(module)]));
    for (const result of [...valid.values(), ...results.values()]) result.catch(() => undefined);
  });

  after(() => lab?.close());

  it('has the form that terraform fmt gives', async () => {
    assert.equal(await lab.format(), '', 'run `terraform fmt -recursive infra`');
  });

  for (const root of ROOTS) {
    it(`has a valid ${root}`, () => valid.get(root));
  }

  it('has tests of every module', () => {
    const untested = moduleFolders().filter((name) => name.startsWith('modules/') && !testedModules().includes(name));
    assert.deepEqual(untested, []);
  });

  for (const module of testedModules()) {
    describeRuns(module, async () => {
      const asked = results.get(module);
      assert.ok(asked);
      return asked;
    });
  }
});

/** The inner ones under `instance/` are tested by the modules that use them. */
function testedModules(): string[] {
  return moduleFolders().filter((module) => {
    const folder = join(ROOT, 'infra', module);
    return existsSync(join(folder, 'tests')) && declaredRuns(folder).length > 0;
  });
}
