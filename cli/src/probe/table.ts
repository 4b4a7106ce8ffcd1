import { milliseconds, points, shortened } from '../words.js';
import type { MemberFigures } from './figures.js';
import type { TerminalStyle } from './terminal-style.js';

const WIDTH = 80;
const GAP = '  ';
/** Of a name in the table: what a container's id needs. */
const LEAST_NAME = 12;

interface Column {
  readonly head: string;
  readonly cell: (figures: MemberFigures) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'requests', cell: ({ requests }) => String(requests) },
  { head: 'share', cell: ({ share }) => points(share) },
  { head: 'expected', cell: ({ expected }) => points(expected) },
  { head: 'off', cell: ({ share, expected }) => signed(share - expected) },
  { head: 'p50', cell: ({ p50Ms }) => milliseconds(p50Ms) },
  { head: 'p95', cell: ({ p95Ms }) => milliseconds(p95Ms) },
  { head: 'p99', cell: ({ p99Ms }) => milliseconds(p99Ms) },
  { head: 'failed', cell: ({ failed }) => String(failed) },
];

/** One row per member. With a latency below 1000 s no line is longer than 80 columns. */
export function figuresTable(figures: readonly MemberFigures[], { paint, unicode }: TerminalStyle): readonly string[] {
  const columns = COLUMNS.map(({ head, cell }) => aligned(head, figures.map(cell)));
  const rest = columns.reduce((sum, [head = '']) => sum + GAP.length + head.length, 0);
  const names = figures.map(({ member }) => shortened(member, Math.max(LEAST_NAME, WIDTH - rest), unicode));
  const nameWidth = Math.max(...['member', ...names].map((name) => name.length));
  const [head = '', ...rows] = ['member', ...names].map((name, row) =>
    [name.padEnd(nameWidth), ...columns.map((column) => column[row] ?? '')].join(GAP),
  );
  const units = 'share, expected and off in %; p50, p95 and p99 in ms';
  const painted = rows.map((line, row) => ((figures[row]?.failed ?? 0) > 0 ? paint('red', line) : line));
  return [paint('bold', head), ...painted, paint('dim', units)];
}

function aligned(head: string, cells: readonly string[]): readonly string[] {
  const width = Math.max(...[head, ...cells].map((text) => text.length));
  return [head, ...cells].map((text) => text.padStart(width));
}

function signed(share: number): string {
  const text = points(share);
  return Number(text) > 0 ? `+${text}` : text.replace(/^-0\.00$/, '0.00');
}
