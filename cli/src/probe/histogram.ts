import { points, shortened } from '../words.js';
import type { MemberFigures } from './figures.js';
import type { TerminalStyle } from './terminal-style.js';

const WIDTH = 44;
const NAME_WIDTH = 20;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** One bar per member, as long as its share, with a mark where its weight's share ends. */
export function shareHistogram(
  figures: readonly MemberFigures[],
  { paint, unicode }: TerminalStyle,
): readonly string[] {
  const names = figures.map(({ member }) => shortened(member, NAME_WIDTH, unicode));
  const nameWidth = Math.max(...names.map((name) => name.length), 0);
  const largest = Math.max(...figures.flatMap(({ share, expected }) => [share, expected]), Number.MIN_VALUE);
  return figures.map(({ share, expected }, row) => {
    const bar = marked(barOf((share / largest) * WIDTH, unicode), Math.round((expected / largest) * WIDTH), unicode);
    return `${(names[row] ?? '').padEnd(nameWidth)}  ${paint('cyan', bar)}  ${points(share).padStart(6)} %`;
  });
}

/** `length` in columns: full blocks, then eighths of one; # without Unicode. */
export function barOf(length: number, unicode: boolean): string {
  if (!unicode) return '#'.repeat(Math.round(length));
  const eighths = Math.round(length * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/** The mark stands in the column behind the expected length, on an empty one or a full one. */
function marked(bar: string, at: number, unicode: boolean): string {
  const cells = [...bar.padEnd(WIDTH + 1)];
  cells[at] = unicode ? '│' : '|';
  return cells.join('');
}
