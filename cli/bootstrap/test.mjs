// `npm test`: installs what is missing, builds, checks, runs the suites, and ends with one line of numbers.
import path from 'node:path';
import { build } from './build.mjs';
import { withCheckoutLock } from './checkout-lock.mjs';
import { prepareComponents } from './components.mjs';
import { installDependencies } from './dependencies.mjs';
import { ROOT, report, run, say } from './run.mjs';
import { add, runSuites } from './suites.mjs';

/** @typedef {import('./mocha.mjs').Summary} Summary */

const BIN = path.join(ROOT, 'node_modules');
/** Run on everything before the suites; each counts as one test. */
const CHECKS = {
  lint: [path.join(BIN, '@biomejs/biome/bin/biome'), 'check', '.'],
  'types of the tests': [path.join(BIN, 'typescript/bin/tsc'), '--project', 'test'],
  'types of the benchmarks': [path.join(BIN, 'typescript/bin/tsc'), '--project', 'bench'],
};
const args = process.argv.slice(2);

const summary = await test().catch((failure) => {
  report(failure);
  return { passed: 0, failed: 1, skipped: 0 };
});
process.exitCode = summary.failed === 0 ? 0 : 1;
process.stdout.write(`\n${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped\n`);

/** @returns {Promise<Summary>} */
async function test() {
  const missing = await withCheckoutLock(prepare);
  // Whoever picks a file or a test by name wants that answer at once.
  const checks = args.length === 0 ? await check() : { passed: 0, failed: 0, skipped: 0 };
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
  let failed = 0;
  for (const [name, command] of Object.entries(CHECKS)) {
    const { code, output } = await run(process.execPath, command);
    if (code === 0) continue;
    failed += 1;
    say(`${name}: failed\n${output}`);
  }
  return { passed: Object.keys(CHECKS).length - failed, failed, skipped: 0 };
}

/**
 * Said after the suites, where it is read. In CI everything has to be tested, so there it is a failure.
 * @param {readonly string[]} missing
 * @returns {Summary}
 */
function judgeMissing(missing) {
  for (const line of missing) say(`NOT TESTED AGAINST THE REAL PROGRAM: ${line}`);
  const isCi = process.env.CI === 'true' || process.env.CI === '1';
  return { passed: 0, failed: isCi ? missing.length : 0, skipped: 0 };
}
