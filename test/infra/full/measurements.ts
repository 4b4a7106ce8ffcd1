import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Change, EnvironmentName } from './environment.js';
import { NAMES } from './environment.js';

const START = '<!-- measured -->';
const END = '<!-- end -->';
/** The kernel counts CPU time in these (USER_HZ of Linux). */
const TICKS_PER_SECOND = 100;

/** What one cycle cost and made. */
export class Measurements {
  readonly #steps: { readonly name: string; readonly seconds: number; readonly each: ReadonlyMap<string, number> }[] =
    [];
  readonly #made = new Map<EnvironmentName, ReadonlyMap<string, number>>();
  readonly #cpuAtStart = cpuOfChildren();

  /** Does a step in all environments at once, and notes how long it took in each. */
  async step<T>(
    name: string,
    environments: readonly EnvironmentName[],
    work: (name: EnvironmentName) => Promise<T>,
  ): Promise<T[]> {
    const started = performance.now();
    const each = new Map<string, number>();
    const results = await Promise.all(
      environments.map(async (environment) => {
        const result = await work(environment);
        each.set(environment, (performance.now() - started) / 1000);
        return result;
      }),
    );
    this.#steps.push({ name, seconds: (performance.now() - started) / 1000, each });
    return results;
  }

  made(environment: EnvironmentName, changes: readonly Change[]): void {
    const counts = new Map<string, number>();
    for (const { type } of changes) counts.set(type, (counts.get(type) ?? 0) + 1);
    this.#made.set(environment, counts);
  }

  /** The tables, as Markdown. CPU time counts what has ended: ask when the mock has been stopped. */
  toMarkdown(): string {
    const total = this.#steps.reduce((sum, step) => sum + step.seconds, 0);
    const rows = this.#steps.map(({ name, each }) => [name, ...NAMES.map((one) => `${each.get(one)?.toFixed(1)} s`)]);
    const cpu = cpuOfChildren() - this.#cpuAtStart;
    const where = `moto in place of AWS, ${cpus().length} CPUs`;
    const sum = `Both environments at once: ${total.toFixed(0)} s in all, ${cpu.toFixed(0)} s of CPU (${where}). \`RECORD=1 npm run test:infra\` writes this.`;
    return [...table(['step', ...NAMES], rows), '', sum, '', ...this.#resources()].join('\n');
  }

  #resources(): string[] {
    const types = [...new Set([...this.#made.values()].flatMap((counts) => [...counts.keys()]))].sort();
    const count = (type: string) => NAMES.map((name) => String(this.#made.get(name)?.get(type) ?? 0));
    const sums = NAMES.map((name) => String([...(this.#made.get(name)?.values() ?? [])].reduce((a, b) => a + b, 0)));
    return table(
      ['resource', ...NAMES],
      [...types.map((type) => [`\`${type}\``, ...count(type)]), ['**all**', ...sums]],
    );
  }
}

/**
 * Puts text between the markers of a file.
 * @throws where the markers are missing
 */
export function writeBetweenMarkers(file: string, text: string): void {
  const old = readFileSync(file, 'utf8');
  const [start, end] = [old.indexOf(START), old.indexOf(END)];
  if (start < 0 || end < start)
    throw new Error(`${file} has no lines ${START} and ${END} to write the figures between`);
  writeFileSync(file, `${old.slice(0, start)}${START}\n\n${text}\n\n${old.slice(end)}`);
}

/** Seconds that ended children, and theirs, have used; 0 where the kernel does not tell. */
function cpuOfChildren(): number {
  if (process.platform !== 'linux') return 0;
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
}
