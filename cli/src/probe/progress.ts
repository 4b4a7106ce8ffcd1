import { barOf } from './histogram.js';

/** A stream that may be a terminal: process.stderr. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  readonly show: (done: number) => void;
  /** Takes the bar away. */
  readonly end: () => void;
}

const EVERY_MS = 100;
const WIDTH = 40;
/** ECMA-48: back to the first column, erase to the end of the line. */
const CLEAR = '\r\u001b[K';

/** A live bar on a terminal; nothing anywhere else, so that logs and pipes stay clean. */
export function createProgress(total: number, stream: ProgressStream, unicode: boolean, now: () => number): Progress {
  if (!stream.isTTY) return { show: () => undefined, end: () => undefined };
  const startMs = now();
  let nextMs = startMs;
  return {
    show(done) {
      if (now() < nextMs) return;
      nextMs = now() + EVERY_MS;
      stream.write(`${CLEAR}${progressLine(done, total, now() - startMs, unicode)}`);
    },
    end: () => stream.write(CLEAR),
  };
}

/** `[#####     ] 1234 of 10000, 2345/s` in at most 80 columns. */
export function progressLine(done: number, total: number, elapsedMs: number, unicode: boolean): string {
  const bar = barOf(total === 0 ? WIDTH : (done / total) * WIDTH, unicode).padEnd(WIDTH);
  const rate = elapsedMs < EVERY_MS ? '' : `, ${((done * 1000) / elapsedMs).toFixed(0)}/s`;
  const [left, right] = unicode ? ['▕', '▏'] : ['[', ']'];
  return `${left}${bar}${right} ${done} of ${total}${rate}`;
}
