import { strict as assert } from 'node:assert';
import { Lab } from '../../support/terraform/lab.js';
import type { TestResult } from '../../support/terraform/test-runs.js';
import { MUTATIONS, type Mutation } from './mutation-list.js';

const PATIENCE_MS = 240_000;
const CHOSEN = MUTATIONS.filter((mutation) => mutation.isFirst || process.env.MUSTER_FULL === '1');
/** What Terraform calls a test that failed, by its summary; an error in the changed file would be no proof. */
const SEEN = /^(Test assertion failed|Missing expected failure):/;

describe('the tests of the modules', function () {
  this.timeout(PATIENCE_MS);
  let lab: Lab;
  let results: Map<Mutation, Promise<TestResult>>;

  before(async function () {
    lab = await Lab.open(this);
    results = new Map(CHOSEN.map((mutation) => [mutation, testMutant(mutation)]));
    for (const result of results.values()) result.catch(() => undefined);
  });

  after(() => lab?.close());

  for (const mutation of CHOSEN) {
    it(`fail where ${mutation.name}`, async () => {
      const result = await results.get(mutation);
      assert.ok(result && !result.passed, `${mutation.test} of ${mutation.module} passes all the same`);
      const faults = [...result.faults.values()].flat();
      assert.ok(faults.length > 0, result.output);
      for (const fault of faults) assert.match(fault, SEEN);
    });
  }

  function testMutant({ module, file, from, to, test }: Mutation): Promise<TestResult> {
    const change = (copy: Lab['copy']) => copy.mutate(`${module}/${file}`, from, to);
    return lab.testsAfter(change, module, [`tests/${test}.tftest.hcl`]);
  }
});
