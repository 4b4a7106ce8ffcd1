import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha, { type MochaOptions, type Runner, type Test } from 'mocha';

/** What one run came to; `npm test` prints it as its closing line. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line for each failure: where, which test, and the beginning of its message. */
  readonly failures: readonly string[];
}

/** How many files the closing list names. */
const SLOWEST = 15;
const LONGEST_MESSAGE = 1_500;

/**
 * Mocha's `spec` output, then the files that took longest, and at the end the numbers and the failures in the file that
 * SUMMARY_FILE names. A run that crashes leaves no file, so it can never be taken for a good one.
 */
export default class SummaryReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const tookMs = new Map<string, number>();
    const failures: string[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test: Test, error: Error) => failures.push(tell(test, error)));
    let endedMs = Date.now();
    // From the end of the test before to the end of this one, so that hooks count.
    runner.on(Mocha.Runner.constants.EVENT_TEST_END, ({ file = '' }) => {
      tookMs.set(file, (tookMs.get(file) ?? 0) + Date.now() - endedMs);
      endedMs = Date.now();
    });
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures: failed, pending } = this.stats;
      const summary: Summary = { passed: passes, failed, skipped: pending, failures };
      const slowest = [...tookMs].sort(([, a], [, b]) => b - a).slice(0, SLOWEST);
      if (tookMs.size > SLOWEST)
        for (const [file, ms] of slowest)
          console.log(`${String(Math.round(ms / 1_000)).padStart(6)} s  ${relative('', file)}`);
      if (process.env.SUMMARY_FILE) writeFileSync(process.env.SUMMARY_FILE, JSON.stringify(summary));
    });
  }
}

function tell(test: Test, error: Error): string {
  const message = error.message.replaceAll(/\s+/g, ' ').slice(0, LONGEST_MESSAGE);
  return `${relative('', test.file ?? '')}: ${test.fullTitle()}: ${message}`;
}
