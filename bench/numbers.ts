/** The smallest value that at least `share` of all values do not exceed (nearest rank): always one that was measured. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new Error('a quantile of no values');
  return value;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('a median of no values');
  return (upper + lower) / 2;
}

/**
 * Where the true median lies with a probability of about 95 %: the values whose ranks are n/2 ∓ 0.98·√n, by the normal
 * approximation of the binomial distribution (Conover, Practical Nonparametric Statistics, 3.2). Asks nothing of the shape.
 */
export function medianInterval(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const away = 0.98 * Math.sqrt(sorted.length);
  const low = sorted[Math.max(0, Math.floor(sorted.length / 2 - away))];
  const high = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length / 2 + away))];
  if (low === undefined || high === undefined) throw new Error('an interval of no values');
  return [low, high];
}

export interface Summary {
  readonly p50: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
}

export function summarize(values: readonly number[]): Summary {
  return { p50: median(values), p99: quantile(values, 0.99), min: quantile(values, 0), max: quantile(values, 1) };
}
