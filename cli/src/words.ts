import { printable } from './terminal.js';

/** 3.4 → `3.4`, 12 → `12`. */
export function short(value: number, digits = 2): string {
  return Number(value.toFixed(digits)).toString();
}

/** A share of 0–1: 0.034 → `3.4 %`. */
export function percent(share: number): string {
  return `${short(share * 100)} %`;
}

/** A share of 0–1 in percent, as a column has it: 0.034 → `3.40`. */
export function points(share: number): string {
  return (share * 100).toFixed(2);
}

/** `1 key`, `2 keys` */
export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** 3.21 → `3.2`, 512.3 → `512`, 12345 → `12.3s`; `-` for null. */
export function milliseconds(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 1000 ? ms.toFixed(ms < 100 ? 1 : 0) : `${(ms / 1000).toFixed(1)}s`;
}

const TAIL = 6;

/** A name in at most `width` characters that cannot steer the terminal; of a longer one both ends, which tell ids apart. */
export function shortened(name: string, width: number, unicode: boolean): string {
  const safe = printable(name);
  if (safe.length <= width) return safe;
  const mark = unicode ? '…' : '..';
  return `${safe.slice(0, width - mark.length - TAIL)}${mark}${safe.slice(-TAIL)}`;
}
