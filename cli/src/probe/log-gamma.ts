/** Bernoulli numbers B(2k) over 2k(2k-1), k = 1…7: the terms of Stirling's series (DLMF 5.11.1). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];

/** From here on seven terms are exact to the last digits of a double. */
const LARGE = 15;

/** ln Γ(x) for x > 0: Stirling's series, reached from small x by Γ(x+1) = x Γ(x) (DLMF 5.5.1). */
export function logGamma(x: number): number {
  let product = 1;
  let large = x;
  for (; large < LARGE; large += 1) product *= large;
  const series = STIRLING.reduce((sum, term, k) => sum + term / large ** (2 * k + 1), 0);
  return (large - 0.5) * Math.log(large) - large + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}
