import { strict as assert } from 'node:assert';
import { inspect } from 'node:util';
import { eventually, PATIENCE_MS } from './eventually.js';
import { findLeakedProcesses, markDescendants } from './leaks.js';

/** Rejections that nobody handled, of the suite that runs. */
let rejections: unknown[] = [];
let isOver = false;

markDescendants();
process.on('unhandledRejection', keepRejection);

/** Mocha's root hooks: what has to hold for every suite, whatever it tests. */
export const mochaHooks: Mocha.RootHookObject = {
  // All files are loaded now, so each top-level suite can be given a last hook of its own: what is left over is blamed
  // on the suite that left it.
  beforeAll(this: Mocha.Context) {
    const root = this.test?.parent;
    for (const suite of root?.suites ?? []) suite.afterAll('leaves nothing behind', failOnLeftovers);
  },
  afterAll() {
    isOver = true;
    // The timer does not keep the process alive, so it fires only if something else does.
    setTimeout(failOnOpenHandles, PATIENCE_MS).unref();
  },
};

/** Thrown while a test runs, a stray rejection would crash mocha: it is kept until the suite ends. */
function keepRejection(reason: unknown): void {
  if (isOver) throw reason;
  rejections.push(reason);
}

async function failOnLeftovers(this: Mocha.Context): Promise<void> {
  this.timeout(PATIENCE_MS * 2);
  const problems = [...describeRejections(), ...(await describeLeaks())];
  if (problems.length > 0) assert.fail(problems.join('\n'));
}

function describeRejections(): readonly string[] {
  const lines = rejections.map((reason) => `unhandled rejection: ${inspect(reason)}`);
  rejections = [];
  return lines;
}

async function describeLeaks(): Promise<readonly string[]> {
  const isClean = () => assert.equal(findLeakedProcesses().length, 0);
  await eventually(isClean).catch(() => {});
  const leaked = findLeakedProcesses();
  for (const { pid } of leaked) kill(pid);
  return leaked.map(({ pid, command }) => `left a process behind (now killed): ${pid} ${command}`);
}

function failOnOpenHandles(): void {
  const open = process.getActiveResourcesInfo().join(', ');
  process.stderr.write(`the tests are over, but this keeps the process alive: ${open}\n`);
  // mocha replaces the code of an ordinary exit by the number of failures.
  process.kill(process.pid, 'SIGKILL');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
