import { strict as assert } from 'node:assert';
import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import { createAnswerTimes } from './answer-times.js';

describe('the recent latency', () => {
  let nowMs: number;
  let times: ReturnType<typeof createAnswerTimes>;
  /** One request that takes so long. */
  const answer = (tookMs: number) => {
    const response = new EventEmitter();
    times.measure({} as Request, response as Response, () => {});
    nowMs += tookMs;
    response.emit('close');
  };
  beforeEach(() => {
    nowMs = 1_000_000;
    times = createAnswerTimes(() => nowMs);
  });

  it('is unknown before the first answer', () => assert.equal(times.recentMs(), null));

  it('is that of the first answer, and follows the later ones', () => {
    answer(20);
    assert.equal(times.recentMs(), 20);
    for (let i = 0; i < 50; i += 1) answer(100);
    assert.ok(Math.abs((times.recentMs() ?? 0) - 100) < 1, `${times.recentMs()}`);
  });

  it('does not jump for one slow answer', () => {
    for (let i = 0; i < 50; i += 1) answer(2);
    answer(200);
    assert.ok((times.recentMs() ?? 0) < 25, `${times.recentMs()}`);
  });

  it('is unknown again when nothing was answered for five seconds, and starts anew', () => {
    answer(500);
    nowMs += 5_001;
    assert.equal(times.recentMs(), null);
    answer(3);
    assert.equal(times.recentMs(), 3);
  });
});
