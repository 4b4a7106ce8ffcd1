import { requireBinary } from '../binaries.js';
import { killLoads } from '../load.js';
import { requirePythonWithMoto } from './moto.js';
import { TwoInstances, type TwoInstancesOptions } from './two-instances.js';

/** Describes a suite on two instances, the first of which has an agent that knows its hook before the first test begins. */
export function describeInstances(
  title: string,
  suite: Pick<TwoInstancesOptions, 'heartbeatTimeoutS'>,
  tests: (all: () => TwoInstances) => void,
): void {
  describe(title, () => {
    let all: TwoInstances | null = null;
    before(async function () {
      const python = requirePythonWithMoto(this);
      const consulBin = requireBinary(this, 'consul');
      const haproxyBin = requireBinary(this, 'haproxy');
      all = await TwoInstances.start({ ...suite, python, consulBin, haproxyBin });
    });
    afterEach(function () {
      killLoads();
      if (this.currentTest?.state === 'failed') console.error(all?.tails());
    });
    after(async () => all?.stop());
    tests(() => {
      if (all === null) throw new Error('the instances were not started');
      return all;
    });
  });
}
