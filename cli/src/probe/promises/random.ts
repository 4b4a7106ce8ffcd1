import type { MemberFigures } from '../figures.js';
import { ABOVE_ONCE_IN_A_THOUSAND } from '../normal.js';
import { ringPoints } from '../ring.js';
import { type Observed, untested, type Verdict, verdict } from '../verdict.js';
import { answers, fitOf, fitText } from './shares.js';

/** A worse fit than this comes once in a thousand kept promises. */
const LEAST_P = 0.001;

/**
 * Random: the shares of the weights, by chi-square. HAProxy draws on its ring, whose uneven parts have to be allowed for.
 * Random of two draws twice and takes who has less to do: one request at a time that is the last drawn, which is the
 * promise above. Under load, who is faster gets more on purpose; then only a share that no pair of draws could give is a fault.
 */
export function drawnByWeight({ figures, strategy, balancer, clients }: Observed): Verdict {
  const weight = figures.reduce((sum, one) => sum + one.weight, 0);
  const points = ringPoints(strategy, balancer, weight);
  const fit = fitOf(figures, points);
  const ring = points === null ? '' : `, ring of ${points} points`;
  const promise = `shares drawn by weight: chi-square p > ${LEAST_P}${ring}`;
  if (answers(figures) === 0) return untested('drawn', promise, 'nobody answered');
  const kept = fit.p > LEAST_P;
  if (kept || clients === 1 || figures.some((one) => !couldBeOfTwo(one, figures, points))) {
    return verdict('drawn', kept, promise, fitText(fit));
  }
  const why = 'of two drawn under load the faster one gets more; -c 1 judges the draw alone';
  return untested('drawn', promise, `${fitText(fit)}: ${why}`);
}

/**
 * Whether a member of probability w could have this share: it is taken at least when both draws find it, w², and at most
 * when one of them does, 1-(1-w)². Chance adds what sampling and the ring add to a share.
 */
function couldBeOfTwo(
  { share, expected: w }: MemberFigures,
  all: readonly MemberFigures[],
  points: number | null,
): boolean {
  const ofRing = points === null ? 0 : 1 / (points + 1);
  // Twice, because a member that is drawn a little more often is also found by either draw more often.
  // Of one side, because a share can be beyond one of the two bounds only.
  const slack = 2 * ABOVE_ONCE_IN_A_THOUSAND * Math.sqrt(w * (1 - w) * (1 / answers(all) + ofRing));
  return share >= w ** 2 - slack && share <= 1 - (1 - w) ** 2 + slack;
}
