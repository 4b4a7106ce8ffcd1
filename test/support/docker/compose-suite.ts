import { killLoads } from '../load.js';
import { ComposeCluster, type ComposeOptions } from './compose-cluster.js';
import { requireEngine } from './engine.js';

export interface ComposeSuite extends ComposeOptions {
  /** For one test; containers take their time. */
  readonly timeoutMs?: number;
}

/** The first suite of a run builds the images. */
const START_TIMEOUT_MS = 900_000;
const STOP_TIMEOUT_MS = 120_000;

/** Describes a suite that shares one cluster in containers, started before its first test and removed after its last. */
export function describeCompose(
  title: string,
  suite: ComposeSuite,
  tests: (cluster: () => ComposeCluster) => void,
): void {
  describe(`${title} [containers]`, function () {
    if (suite.timeoutMs !== undefined) this.timeout(suite.timeoutMs);
    let cluster: ComposeCluster | null = null;
    before(async function () {
      this.timeout(START_TIMEOUT_MS);
      await requireEngine(this);
      cluster = await ComposeCluster.start(suite);
    });
    afterEach(async function () {
      killLoads();
      if (this.currentTest?.state === 'failed') console.error(await cluster?.logs());
    });
    after(async function () {
      this.timeout(STOP_TIMEOUT_MS);
      await cluster?.stop();
    });
    tests(() => {
      if (cluster === null) throw new Error('the cluster was not started');
      return cluster;
    });
  });
}
