import { strict as assert } from 'node:assert';
import { eventually } from './eventually.js';
import { findLeakedProcesses, markDescendants } from './leaks.js';

const GONE_WITHIN_MS = 5_000;
const EXIT_WITHIN_MS = 10_000;

markDescendants();
process.on('unhandledRejection', failRun);

/** Mocha's root hooks: what has to hold for every suite, whatever it tests. */
export const mochaHooks: Mocha.RootHookObject = {
  // All files are loaded now, so each top-level suite can be given a last hook of its own: a leak is blamed on the
  // suite that leaked.
  beforeAll() {
    const root = this.test?.parent;
    for (const suite of root?.suites ?? []) suite.afterAll('leaves no process behind', failOnLeaks);
  },
  afterAll() {
    // The timer does not keep the process alive, so it fires only if something else does.
    setTimeout(failOnOpenHandles, EXIT_WITHIN_MS).unref();
  },
};

async function failOnLeaks(): Promise<void> {
  try {
    await eventually(() => assert.deepEqual(findLeakedProcesses(), []), GONE_WITHIN_MS);
  } catch {
    const leaked = findLeakedProcesses();
    for (const { pid } of leaked) kill(pid);
    const list = leaked.map(({ pid, command }) => `${pid} ${command}`).join('\n');
    assert.fail(`the suite left processes behind (now killed):\n${list}`);
  }
}

function failOnOpenHandles(): void {
  const open = process.getActiveResourcesInfo().join(', ');
  process.stderr.write(`the tests are over, but this keeps the process alive: ${open}\n`);
  process.exit(1);
}

/** Thrown from here, it becomes an uncaught exception, which mocha turns into a failure of the test that runs. */
function failRun(reason: unknown): void {
  throw reason instanceof Error ? reason : new Error(`unhandled rejection: ${String(reason)}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
