import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Terraform } from './terraform.js';

/** A `run` of a module's tests. */
export interface TestRun {
  /** `tests/routing.tftest.hcl` */
  readonly file: string;
  readonly name: string;
}

export interface TestResult {
  /** Key of a run => pass, fail, error, skip. */
  readonly status: ReadonlyMap<string, string>;
  /** Key of a run => what went wrong in it; '' = outside of all runs. */
  readonly faults: ReadonlyMap<string, readonly string[]>;
  /** Whether Terraform came to its end with everything passed. */
  readonly passed: boolean;
  readonly output: string;
}

interface Line {
  readonly type?: string;
  readonly test_run?: {
    readonly path: string;
    readonly run: string;
    readonly progress: string;
    readonly status?: string;
  };
  readonly diagnostic?: { readonly severity: string; readonly summary: string; readonly detail?: string };
  readonly '@testfile'?: string;
  readonly '@testrun'?: string;
}

/** The runs that a folder's test files declare, without Terraform: so each can be a test of its own. */
export function declaredRuns(folder: string): TestRun[] {
  const files = readdirSync(join(folder, 'tests')).filter((name) => name.endsWith('.tftest.hcl'));
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(folder, 'tests', file), 'utf8');
    return [...text.matchAll(/^run "([^"]+)" \{/gm)].map(([, name = '']) => ({ file: `tests/${file}`, name }));
  });
}

export function keyOf({ file, name }: TestRun): string {
  return `${file}: ${name}`;
}

const DEADLINE_MS = 600_000;

/** `terraform test` in a folder that is initialised; a test that fails is a result, not an error. */
export async function runTests(
  terraform: Terraform,
  folder: string,
  { files = [], deadlineMs = DEADLINE_MS }: { readonly files?: readonly string[]; readonly deadlineMs?: number } = {},
): Promise<TestResult> {
  const filters = files.map((file) => `-filter=${file}`);
  const answer = await terraform.call(folder, ['test', '-json', ...filters], {
    codes: [0, 1],
    deadlineMs,
  });
  const lines = answer.output.split('\n').flatMap(parseLine);
  return {
    status: new Map(lines.flatMap(statusOf)),
    faults: faultsOf(lines),
    passed: answer.code === 0,
    output: answer.output,
  };
}

/** Warnings are left out, and what is no line of JSON: a crash has no status and counts by that. */
function parseLine(text: string): Line[] {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? [line] : [];
  } catch {
    return [];
  }
}

function statusOf({ test_run: run }: Line): [string, string][] {
  if (run?.progress !== 'complete' || run.status === undefined) return [];
  return [[keyOf({ file: run.path, name: run.run }), run.status]];
}

function faultsOf(lines: readonly Line[]): Map<string, string[]> {
  const faults = new Map<string, string[]>();
  for (const { diagnostic, '@testfile': file, '@testrun': name } of lines) {
    if (diagnostic?.severity !== 'error') continue;
    const key = file !== undefined && name !== undefined ? keyOf({ file, name }) : '';
    const fault = `${diagnostic.summary}: ${diagnostic.detail ?? ''}`;
    faults.set(key, [...(faults.get(key) ?? []), fault]);
  }
  return faults;
}
