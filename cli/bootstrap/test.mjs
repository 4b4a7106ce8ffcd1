// `npm test`: installs what is missing, builds, checks, runs the suites, and ends with one line of numbers.
import path from 'node:path';
import { build } from './build.mjs';
import { withCheckoutLock } from './checkout-lock.mjs';
import { prepareComponents } from './components.mjs';
import { installDependencies } from './dependencies.mjs';
import { ROOT, report, run, say } from './run.mjs';
import { runSuites } from './suites.mjs';
import { add, failure, NOTHING } from './summary.mjs';

/** @typedef {import('./summary.mjs').Summary} Summary */

const BIN = path.join(ROOT, 'node_modules');
/** Run on everything before the suites; each counts as one test. */
const CHECKS = {
  lint: [path.join(BIN, '@biomejs/biome/bin/biome'), 'check', '.'],
  'types of the tests': [path.join(BIN, 'typescript/bin/tsc'), '--project', 'test'],
  'types of the benchmarks': [path.join(BIN, 'typescript/bin/tsc'), '--project', 'bench'],
};
const args = process.argv.slice(2);

const summary = await test().catch((cause) => {
  report(cause);
  return failure(String(cause?.message ?? cause));
});
process.exitCode = summary.failed === 0 ? 0 : 1;
// Once more and last: a run prints thousands of lines, and of a long log often only the end is kept.
for (const line of summary.failures) process.stdout.write(`\nFAILED ${line}`);
process.stdout.write(`\n${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped\n`);

/** @returns {Promise<Summary>} */
async function test() {
  const missing = await withCheckoutLock(prepare);
  // Whoever picks a file or a test by name wants that answer at once.
  const checks = args.length === 0 ? await check() : NOTHING;
  const suites = await runSuites(args);
  return add(add(suites, checks), judgeMissing(missing));
}

async function prepare() {
  await installDependencies();
  const missing = await prepareComponents();
  await build();
  return missing;
}

/** @returns {Promise<Summary>} */
async function check() {
  let summary = NOTHING;
  for (const [name, command] of Object.entries(CHECKS)) {
    const { code, output } = await run(process.execPath, command);
    if (code !== 0) say(`${name}: failed\n${output}`);
    summary = add(summary, code === 0 ? { ...NOTHING, passed: 1 } : failure(`${name}: ${output.slice(0, 1_000)}`));
  }
  return summary;
}

/**
 * Said after the suites, where it is read. In CI everything has to be tested, so there it is a failure.
 * @param {readonly string[]} missing
 * @returns {Summary}
 */
function judgeMissing(missing) {
  for (const line of missing) say(`NOT TESTED AGAINST THE REAL PROGRAM: ${line}`);
  const isCi = process.env.CI === 'true' || process.env.CI === '1';
  return isCi ? missing.map(failure).reduce(add, NOTHING) : NOTHING;
}
