import type { LoadFigures } from './load-text.js';

/** One step in the table of `logs/summary.md`. */
export interface StepSummary {
  /** The step's folder. */
  readonly name: string;
  readonly title: string;
  /** Members that get requests at its end. */
  readonly serving: number;
  readonly load: LoadFigures;
  /** Reloads of HAProxy up to its end. */
  readonly reloads: number;
  /** What was measured besides: name → value with its unit. */
  readonly figures: Readonly<Record<string, string>>;
}

/** What every recording of these steps was made with. */
export interface MadeWith {
  readonly haproxy: string;
  readonly engine: string;
  readonly cores: number;
}

const HEAD = ['step', 'what', 'serving', 'requests', 'before any member', 'failed', 'p99', 'slowest', 'reloads'];

/** The figures of a recording in two tables; README.md says what they mean. */
export function summaryText(steps: readonly StepSummary[], { haproxy, engine, cores }: MadeWith): string {
  const rows = steps.map(({ name, title, serving, load, reloads }) => [
    `[${name}](${name}/)`,
    title,
    String(serving),
    String(load.requests),
    String(load.tooEarly),
    String(load.failed),
    `${load.p99Ms.toFixed(1)} ms`,
    `${load.slowestMs.toFixed(0)} ms`,
    String(reloads),
  ]);
  const figures = steps.flatMap(({ name, figures }) =>
    Object.entries(figures).map(([what, value]) => [name, what, value]),
  );
  return `# Figures of the last recording

Written by \`npm run scenarios\`: do not edit. HAProxy ${haproxy}, Docker Engine ${engine}, ${cores} cores shared by the cluster,
its clients and the recorder. [README.md](README.md) says what each step does.

${markdownTable(HEAD, rows)}

${markdownTable(['step', 'measured', 'value'], figures)}
`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
