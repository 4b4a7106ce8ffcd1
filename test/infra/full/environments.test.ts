import { describeRuns } from '../../support/terraform/describe-runs.js';
import { Lab } from '../../support/terraform/lab.js';
import { NAMES } from './environment.js';

/** A whole environment takes a minute of one processor, which it may have to share. */
const DEADLINE_MS = 900_000;

describe('the tests of the environments, by terraform', function () {
  this.timeout(DEADLINE_MS + 40_000);
  let lab: Lab;

  before(async function () {
    lab = await Lab.open(this);
  });

  after(() => lab?.close());

  for (const name of NAMES) describeRuns(name, () => lab.tests(name, { deadlineMs: DEADLINE_MS }));
});
