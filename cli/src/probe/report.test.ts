import { strict as assert } from 'node:assert';
import { paintFor, plainPaint } from '../terminal.js';
import { figuresOf, percentile } from './figures.js';
import { answersOf, record, result } from './fixture.test.js';
import { resultJson } from './json.js';
import { plotSvg } from './plot.js';
import { createProgress, progressLine } from './progress.js';
import { reportLines } from './report.js';
import { isUtf8 } from './terminal-style.js';
import { verdict } from './verdict.js';

const PLAIN = { paint: plainPaint, unicode: false };
const BROKEN = verdict('shares', false, 'each share within 2 points', 'at most 30 off');

describe('figures', () => {
  it('have exact percentiles by nearest rank', () => {
    const sorted = Array.from({ length: 200 }, (_, at) => at + 1);
    assert.deepEqual(
      [0, 0.5, 0.95, 0.99, 1].map((share) => percentile(sorted, share)),
      [1, 100, 190, 198, 200],
    );
    assert.deepEqual([percentile([7], 0.5), percentile([], 0.5)], [7, null]);
  });

  it('have a row for who should have answered and did not, in the order of numbers', () => {
    const weights = new Map([
      ['web-10', 1],
      ['web-2', 3],
    ]);
    const rows = figuresOf([...answersOf({ 'web-10': 3 }), record('web-3', { status: 500 })], weights);
    assert.deepEqual(
      rows.map(({ member, requests, share, expected, failed }) => [member, requests, share, expected, failed]),
      [
        ['web-2', 0, 0, 0.75, 0],
        ['web-3', 1, 0.25, 0, 1],
        ['web-10', 3, 0.75, 0.25, 0],
      ],
    );
  });
});

describe('the report', () => {
  it('fits into 80 columns, however long names, addresses and figures are', () => {
    const slow = { tookMs: 123_456 };
    const records = [
      ...answersOf({ ['a'.repeat(64)]: 1_000 }),
      record('b', slow),
      record('c', { status: 500, ...slow }),
    ];
    const url = `http://127.0.0.1:8080/${'x'.repeat(40)}`;
    const verdicts = [BROKEN, verdict('x', true, 'word '.repeat(40), 'seen')];
    for (const unicode of [true, false]) {
      const lines = reportLines(result(records, { url, verdicts, wanted: 2_000_000 }), { ...PLAIN, unicode });
      assert.deepEqual(
        lines.filter((line) => [...line].length > 80),
        [],
      );
    }
  });

  it('draws a bar as long as the share, and a mark at the expected one', () => {
    const records = answersOf({ a: 3, b: 1 });
    const bars = (unicode: boolean) =>
      reportLines(result(records), { ...PLAIN, unicode }).filter((line) => /%$/.test(line) && /[|│]/.test(line));
    assert.deepEqual(bars(false), [
      `a  ${'#'.repeat(29)}|${'#'.repeat(14)}    75.00 %`,
      `b  ${'#'.repeat(15)}${' '.repeat(14)}|${' '.repeat(15)}   25.00 %`,
    ]);
    assert.equal(bars(true)[1], `b  ${'█'.repeat(14)}▋${' '.repeat(14)}│${' '.repeat(15)}   25.00 %`);
  });

  it('shows what was promised, what was seen, and what was broken', () => {
    const lines = reportLines(result(answersOf({ a: 1 }), { verdicts: [BROKEN] }), PLAIN);
    assert.ok(lines.includes('promises of roundrobin (haproxy)'));
    assert.equal(lines.at(-1), 'broken    each share within 2 points: at most 30 off');
  });

  it('lets no control character of a member reach the terminal, and uses ASCII where nothing else is understood', () => {
    const text = reportLines(result(answersOf({ 'a\u001b[2J': 2 })), PLAIN).join('\n');
    assert.doesNotMatch(text, /[^\n -~]/);
  });

  it('says how far an interrupted run came', () => {
    const [head = ''] = reportLines(result(answersOf({ a: 5 }), { wanted: 90, cut: 4 }), PLAIN);
    assert.match(head, /: 5 of 90 requests/);
  });
});

describe('the result as JSON', () => {
  it('says whether every promise was kept', () => {
    assert.equal(resultJson(result(answersOf({ a: 1 }))).kept, true);
    assert.equal(resultJson(result(answersOf({ a: 1 }), { verdicts: [BROKEN] })).kept, false);
  });

  it('has the member of each key of a hash, and only of a hash', () => {
    const records = [record('b', { key: '/2' }), record('a', { key: '/1' })];
    assert.deepEqual(resultJson(result(records, { strategy: 'uri' })).keys, { '/1': 'a', '/2': 'b' });
    assert.equal('keys' in resultJson(result(records)), false);
  });
});

describe('the plot', () => {
  it('has the same bytes for the same result, and text as text', () => {
    const one = result([...answersOf({ a: 3, b: 1 }), record('b', { status: 500 })]);
    assert.equal(plotSvg(one), plotSvg(one));
    assert.match(plotSvg(one), /<text [^>]*>60\.00 % {3}p99 2\.0 ms<\/text>/);
    assert.match(plotSvg(one), /<title>roundrobin: http:\/\/127\.0\.0\.1:8080\/<\/title>/);
    assert.match(plotSvg(one), /prefers-color-scheme: dark/);
    assert.equal(plotSvg(one).match(/class="failed"/g)?.length, 1);
  });

  it('takes nothing from outside as markup', () => {
    const svg = plotSvg(result(answersOf({ '<b>&\u0007"': 1 }), { url: 'http://x/?a=1&b=<script>' }));
    assert.doesNotMatch(svg, /<b>|<script>|&b/);
    assert.equal(svg.includes('\u0007'), false);
    assert.match(svg, /&lt;b&gt;&amp;/);
  });
});

describe('progress', () => {
  it('is a bar on a terminal, redrawn ten times a second at most and taken away at the end', () => {
    const written: string[] = [];
    let now = 0;
    const stream = { isTTY: true, write: (text: string) => written.push(text) };
    const { show, end } = createProgress(1_000, stream, false, () => now);
    for (let done = 1; done <= 1_000; done += 1) {
      now += 1;
      show(done);
    }
    end();
    assert.equal(written.length, 11);
    assert.equal(written.at(-1), '\r\u001b[K');
    assert.ok(written.every((text) => text.length <= 80));
  });

  it('is nothing elsewhere', () => {
    const { show, end } = createProgress(10, { write: () => assert.fail('written') }, true, () => 0);
    show(5);
    end();
  });

  it('says how many of how many, and how fast', () => {
    assert.equal(progressLine(50, 200, 500, false), `[${'#'.repeat(10)}${' '.repeat(30)}] 50 of 200, 100/s`);
  });
});

describe('the character set', () => {
  it('is that of the strongest variable that is set', () => {
    assert.equal(isUtf8({ LANG: 'en_US.UTF-8' }), true);
    assert.equal(isUtf8({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }), false);
    assert.equal(isUtf8({ LC_ALL: '', LC_CTYPE: 'C.utf8' }), true);
    assert.equal(isUtf8({}), false);
  });
});

describe('colour in the report', () => {
  it('marks a member that failed and a broken promise', () => {
    const paint = paintFor({ isTTY: true }, {});
    const text = reportLines(result([record('a', { status: 500 })], { verdicts: [BROKEN] }), { paint, unicode: true });
    assert.equal(text.filter((line) => line.includes('\u001b[31m')).length, 2);
  });
});
