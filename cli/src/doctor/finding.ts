import type { Colour, Paint } from '../terminal.js';
import { printable } from '../terminal.js';

/** What one look of `muster doctor` came to. */
export interface Finding {
  readonly about: 'node' | 'balancer' | 'other balancer' | 'registry' | 'cluster' | 'docker';
  /** `problem`: a cluster would not start, or one that runs is not well. */
  readonly state: 'ok' | 'warning' | 'problem';
  /** What was found. */
  readonly found: string;
  /** What more there is to know of it, a line each. */
  readonly details: readonly string[];
  /** What to do about it; null when it is ok. */
  readonly advice: string | null;
}

/** A finding with nothing more to say. */
export function ok(about: Finding['about'], found: string, details: readonly string[] = []): Finding {
  return { about, state: 'ok', found, details, advice: null };
}

const COLOURS: Readonly<Record<Finding['state'], Colour>> = { ok: 'green', warning: 'yellow', problem: 'red' };
const INDENT = ' '.repeat(10);

/** For people: the state, what was found, and below it what more there is and what to do. */
export function findingLines({ state, about, found, details, advice }: Finding, paint: Paint): readonly string[] {
  return [
    `${paint(COLOURS[state], state.padEnd(8))}  ${paint('bold', about)}: ${printable(found)}`,
    ...details.map((line) => `${INDENT}${paint('dim', printable(line))}`),
    ...(advice === null ? [] : [`${INDENT}→ ${printable(advice)}`]),
  ];
}
