import { countOf, milliseconds, points, shortened } from '../words.js';
import type { MemberFigures } from './figures.js';
import { isFailed } from './record.js';
import { isBroken, type ProbeResult } from './result.js';

const WIDTH = 760;
const HEAD = 74;
const ROW = 34;
const FOOT = 40;
const BAR = { x: 170, width: 380, height: 18 } as const;
const NAME_WIDTH = 20;
const FIGURES_X = BAR.x + BAR.width + 16;

/** Colours for light and dark pages; a viewer that knows no media queries shows the light ones. Contrast of text > 4.5. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .small { font-size: 12px; fill: #59636e }
  .page { fill: #ffffff }
  .bar { fill: #2f81c7 }
  .failed { fill: #c93c37 }
  .expected { stroke: #1f2328; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9da7b1 }
    .page { fill: #0d1117 }
    .bar { fill: #4493d8 }
    .failed { fill: #f47067 }
    .expected { stroke: #e6edf3 }
  }`;

/** A picture of the shares: a bar per member, a line at its expected share, its p99. The same result gives the same bytes. */
export function plotSvg(result: ProbeResult): string {
  const { figures } = result;
  const height = HEAD + ROW * figures.length + FOOT;
  const largest = Math.max(...figures.flatMap(({ share, expected }) => [share, expected]), Number.MIN_VALUE);
  const title = `${result.strategy}: ${result.url}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    text(20, 30, shortTitle(title), 'title'),
    text(20, 52, summary(result), 'small'),
    ...figures.flatMap((one, row) => rowOf(one, HEAD + ROW * row, largest)),
    text(20, height - 14, 'bar: share of the answers (red: failed)    line: share expected by weight', 'small'),
    '</svg>',
    '',
  ].join('\n');
}

function rowOf({ member, share, expected, p99Ms, failed, requests }: MemberFigures, y: number, largest: number) {
  const scale = (value: number) => ((value / largest) * BAR.width).toFixed(2);
  const mark = (BAR.x + (expected / largest) * BAR.width).toFixed(2);
  const middle = y + BAR.height - 4;
  return [
    text(20, middle, shortened(member, NAME_WIDTH, true)),
    `<rect class="bar" x="${BAR.x}" y="${y}" width="${scale(share)}" height="${BAR.height}"/>`,
    ...(failed > 0
      ? [
          `<rect class="failed" x="${BAR.x}" y="${y}" width="${scale((share * failed) / requests)}" height="${BAR.height}"/>`,
        ]
      : []),
    `<line class="expected" x1="${mark}" x2="${mark}" y1="${y - 4}" y2="${y + BAR.height + 4}"/>`,
    text(
      FIGURES_X,
      middle,
      `${points(share)} %   p99 ${milliseconds(p99Ms)}${p99Ms !== null && p99Ms < 1000 ? ' ms' : ''}`,
    ),
  ];
}

function summary(result: ProbeResult): string {
  const { records, clients, keepAlive } = result;
  const failed = records.filter(isFailed).length;
  const how = keepAlive ? 'keep-alive' : 'a connection each';
  const verdict = isBroken(result) ? 'a promise was broken' : 'no promise was broken';
  return `${records.length} requests, ${failed} failed, ${countOf(clients, 'client')}, ${how}: ${verdict}`;
}

/** What fits into the width of the picture. */
function shortTitle(title: string): string {
  return title.length <= 76 ? title : `${title.slice(0, 75)}…`;
}

function text(x: number, y: number, content: string, style?: string): string {
  return `<text x="${x}" y="${y}"${style ? ` class="${style}"` : ''} xml:space="preserve">${escapeXml(content)}</text>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Control characters have no place in XML 1.0 (section 2.2), not even escaped. */
function escapeXml(content: string): string {
  return content.replaceAll(/\p{Cc}/gu, '�').replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
