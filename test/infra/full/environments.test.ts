import { describeRuns } from '../../support/terraform/describe-runs.js';
import { Lab } from '../../support/terraform/lab.js';
import { NAMES } from './environment.js';

/** A whole environment takes a minute of one processor. */
const PATIENCE_MS = 400_000;

describe('the tests of the environments, by terraform', function () {
  this.timeout(PATIENCE_MS);
  let lab: Lab;

  before(async function () {
    lab = await Lab.open(this);
  });

  after(() => lab?.close());

  for (const name of NAMES) describeRuns(name, () => lab.tests(name));
});
