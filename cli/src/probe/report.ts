import { printable } from '../terminal.js';
import { countOf } from '../words.js';
import { shareHistogram } from './histogram.js';
import { type ProbeResult, perSecond, statusCounts } from './result.js';
import { figuresTable } from './table.js';
import type { TerminalStyle } from './terminal-style.js';
import type { Verdict } from './verdict.js';

const WIDTH = 80;
const COLOURS = { kept: 'green', broken: 'red', untested: 'yellow' } as const;
const OUTCOME_WIDTH = 'untested'.length;

/** The run for people: what was sent, the table, the histogram, the promises. No line is longer than 80 columns. */
export function reportLines(result: ProbeResult, style: TerminalStyle): readonly string[] {
  const { figures, verdicts, records } = result;
  return [
    ...wrapped(headline(result), 0),
    ...(records.length === 0 ? ['nothing was answered'] : []),
    ...(figures.length === 0 ? [] : ['', ...figuresTable(figures, style), '', ...shareHistogram(figures, style)]),
    '',
    ...promiseHead(result),
    ...verdicts.flatMap((one) => verdictLines(one, style)),
  ];
}

function headline(result: ProbeResult): string {
  const { records, wanted, clients, keepAlive, cookies, url, cut } = result;
  const count = records.length === wanted ? `${wanted}` : `${records.length} of ${wanted}`;
  const how = [keepAlive ? 'keep-alive' : 'a connection each', ...(cookies ? ['cookies'] : [])].join(', ');
  const rate = `${(result.tookMs / 1000).toFixed(2)} s, ${perSecond(result).toFixed(0)}/s`;
  const statuses = statusCounts(records).map(([word, times]) => `${word} x ${times}`);
  const end = cut === null ? '' : `; interrupted, ${cut} open`;
  return printable(
    `${url}: ${count} requests, ${countOf(clients, 'client')}, ${how}; ${rate}; ${statuses.join(', ')}${end}`,
  );
}

function promiseHead({ strategy, balancer }: ProbeResult): readonly string[] {
  const who = balancer === null ? '' : ` (${balancer})`;
  return [printable(strategy === 'any' ? 'promises (no strategy known: --expect)' : `promises of ${strategy}${who}`)];
}

function verdictLines({ outcome, promise, seen }: Verdict, { paint }: TerminalStyle): readonly string[] {
  const [first = '', ...rest] = wrapped(printable(`${promise}: ${seen}`), OUTCOME_WIDTH + 2);
  return [`${paint(COLOURS[outcome], outcome.padEnd(OUTCOME_WIDTH))}  ${first.trimStart()}`, ...rest];
}

/** Lines of at most 80 columns, indented; a longer word has a line to itself. */
function wrapped(text: string, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length + indent > WIDTH) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((one) => ' '.repeat(indent) + one);
}
