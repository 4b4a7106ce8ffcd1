import { chiSquareSurvival } from './chi-square.js';

/** One member's requests beside those expected of it. */
export interface Cell {
  readonly observed: number;
  readonly expected: number;
}

export interface Fit {
  /** Pearson's statistic Σ (observed - expected)² / expected. */
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** By how much the variance exceeds that of independent draws with exact weights: 1 = not at all. */
  readonly spread: number;
  /** The probability of a fit as bad as this or worse when the promise is kept. */
  readonly p: number;
}

/**
 * Pearson's chi-square test, one-sided: an evener distribution than by chance is no fault.
 * `ringPoints` is the number of random points on a ring by which the balancer draws, null where it draws by weight itself.
 * The parts of a ring that n random points cut are Dirichlet distributed, so that counts are Dirichlet-multinomial: their
 * variance is (N + A) / (1 + A) times the multinomial one, A being the points. The statistic is divided by it (Brier 1980,
 * "Analysis of contingency tables under cluster sampling", Biometrika 67).
 */
export function goodnessOfFit(cells: readonly Cell[], ringPoints: number | null): Fit {
  const possible = cells.filter(({ expected }) => expected > 0);
  const total = cells.reduce((sum, { observed }) => sum + observed, 0);
  const spread = ringPoints === null ? 1 : (total + ringPoints) / (1 + ringPoints);
  const strayed = cells.some(({ expected, observed }) => expected <= 0 && observed > 0);
  const statistic = strayed
    ? Number.POSITIVE_INFINITY
    : possible.reduce((sum, { observed, expected }) => sum + (observed - expected) ** 2 / expected, 0);
  const degreesOfFreedom = Math.max(0, possible.length - 1);
  const p = strayed ? 0 : chiSquareSurvival(statistic / spread, degreesOfFreedom);
  return { statistic, degreesOfFreedom, spread, p };
}
