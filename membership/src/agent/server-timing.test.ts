import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { parseServerTiming } from './server-timing.js';

describe('parseServerTiming', () => {
  for (const [header, expected] of [
    ['loop;dur=12.3, cpu;dur=87', { loop: 12.3, cpu: 87 }],
    ['cache;desc="hit, or; dur=9";dur=2', { cache: 2 }],
    ['app; DUR = "47.2" ;desc=x', { app: 47.2 }],
    ['app;dur=1, app;dur=2', { app: 1 }],
    ['app;dur=1;dur=2', { app: 1 }],
    ['miss, app;dur=, loop;dur=-4, cpu;dur=many, ;dur=3', {}],
    ['', {}],
  ] as const) {
    it(`reads ${JSON.stringify(header)}`, () => {
      assert.deepEqual(Object.fromEntries(parseServerTiming(header)), expected);
    });
  }

  it('gives only finite numbers of 0 or more, whatever an app sends, and is quick with it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-c;=",.\d\\ dur]*$/)), (header) => {
        for (const value of parseServerTiming(header).values()) assert.ok(Number.isFinite(value) && value >= 0);
      }),
    );
    for (const part of ['"', '"\\', 'a;', 'a,', ' ', 'dur=1;']) parseServerTiming(part.repeat(1_000_000));
  });
});
