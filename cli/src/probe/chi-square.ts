import { logGamma } from './log-gamma.js';

/** Relative accuracy of series and continued fraction. */
const EPSILON = 1e-15;
const MAX_TERMS = 100_000;
/** Stands for a zero in a denominator: far below any partial value (modified Lentz's method). */
const TINY = 1e-300;

/**
 * The probability that a chi-square variable of so many degrees of freedom is at least `statistic`: Q(df/2, x/2), the
 * upper regularized incomplete gamma function. Source: DLMF 8.7.1 (series) and 8.9.2 (continued fraction), each where it
 * converges fast (Press et al., Numerical Recipes, 6.2).
 */
export function chiSquareSurvival(statistic: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom <= 0 || statistic <= 0) return 1;
  const a = degreesOfFreedom / 2;
  const x = statistic / 2;
  return x < a + 1 ? 1 - lowerBySeries(a, x) : upperByFraction(a, x);
}

/** P(a, x) = x^a e^-x / Γ(a+1) · Σ x^k / ((a+1)…(a+k)) */
function lowerBySeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < MAX_TERMS && term > sum * EPSILON; k += 1) {
    term *= x / (a + k);
    sum += term;
  }
  return sum * front(a, x);
}

/** Q(a, x) = x^a e^-x / Γ(a) · 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- …))) */
function upperByFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let i = 1; i < MAX_TERMS; i += 1) {
    const factor = -i * (i - a);
    b += 2;
    d = 1 / awayFromZero(factor * d + b);
    c = awayFromZero(b + factor / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < EPSILON) break;
  }
  return value * front(a, x);
}

function front(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - logGamma(a));
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
