import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { ROOT } from './copy.js';
import { declaredRuns, keyOf, type TestResult } from './test-runs.js';

/** A test for each `run` that the tests of a folder of `infra` declare, and one for the end of it all. */
export function describeRuns(folder: string, ask: () => Promise<TestResult>): void {
  describe(folder, () => {
    let result: TestResult;

    before(async () => {
      result = await ask();
    });

    for (const run of declaredRuns(join(ROOT, 'infra', folder))) {
      it(`${run.name.replaceAll('_', ' ')} (${run.file})`, () => {
        const faults = [...(result.faults.get(keyOf(run)) ?? []), ...(result.faults.get('') ?? [])];
        assert.equal(result.status.get(keyOf(run)), 'pass', faults.join('\n'));
      });
    }

    it('ends with all of them passed', () => assert.ok(result.passed, result.output));
  });
}
