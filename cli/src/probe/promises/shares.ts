import { countOf, percent, short } from '../../words.js';
import type { MemberFigures } from '../figures.js';
import { type Fit, goodnessOfFit } from '../goodness-of-fit.js';
import { isFailed } from '../record.js';
import { type Observed, untested, type Verdict, verdict } from '../verdict.js';

/** Of all answers: percentage points. */
const SHARE_BOUND = 0.02;

/**
 * A turn is one pass over the members. A run that begins and ends in the middle of one may give a member of a weighted turn
 * up to one request too many, or too few, at either end.
 */
const ENDS_OF_A_TURN = 2;

/**
 * Weighted round robin: each share within 2 percentage points of the weight's, or within what the ends of turns make of few
 * requests. Each worker deals out turns of its own (HAProxy: src/lb_fwrr.c; NGINX: ngx_http_upstream_round_robin.c).
 */
export function sharesByWeight(observed: Observed): Verdict {
  const { figures, workers, cut } = observed;
  const total = answers(figures);
  const slack = ENDS_OF_A_TURN * workers + cut;
  const bound = Math.min(1, Math.max(SHARE_BOUND, slack / total));
  const promise = `each share within ${percent(bound).replace(' %', '')} points of its weight's`;
  const worst = [...figures].sort((a, b) => deviation(b) - deviation(a))[0];
  if (!worst || total === 0) return untested('shares', promise, 'nobody answered');
  const seen = `at most ${short(deviation(worst) * 100)} off, ${worst.member}; ${fitText(fitOf(figures, null))}`;
  return verdict('shares', deviation(worst) <= bound, promise, seen);
}

/**
 * Round robin among equals is exact: in one worker's sequence of turns, counts differ by one at most, wherever a run begins
 * and ends. So they do by one per worker in all. A request whose answer nobody saw took a turn too: at most one per
 * connection in flight when the run was cut, and one per failure.
 */
export function inTurn(observed: Observed): readonly Verdict[] {
  const { figures, workers } = observed;
  const expected = new Set(figures.map(({ weight }) => weight));
  if (expected.size !== 1) return [];
  const unseen = unseenTurns(observed);
  const counts = figures.map(({ requests }) => requests);
  const difference = Math.max(...counts) - Math.min(...counts);
  const bound = workers + unseen;
  const why = [countOf(workers, 'worker'), ...(unseen === 0 ? [] : [`${countOf(unseen, 'answer')} unseen`])].join(', ');
  const hint = difference > bound ? '; was other traffic there? (--expect weighted)' : '';
  return [
    verdict(
      'in-turn',
      difference <= bound,
      `counts differ by ${bound} at most (${why})`,
      `they differ by ${difference}${hint}`,
    ),
  ];
}

function unseenTurns({ records, cut }: Observed): number {
  return cut + records.filter((record) => isFailed(record) || record.member === null).length;
}

/** Of shares by weight. */
export function fitOf(figures: readonly MemberFigures[], points: number | null): Fit {
  const total = answers(figures);
  const cells = figures.map(({ requests, expected }) => ({ observed: requests, expected: expected * total }));
  return goodnessOfFit(cells, points);
}

export function fitText({ p, statistic, degreesOfFreedom, spread }: Fit): string {
  return `p = ${probability(p)}, chi-square ${short(statistic / spread)} with ${degreesOfFreedom} df`;
}

/** 0.0432, and 1.3e-7 for what would be 0. */
function probability(p: number): string {
  return p === 0 || p >= 0.0001 ? short(p, 4) : p.toExponential(1);
}

export function answers(figures: readonly MemberFigures[]): number {
  return figures.reduce((sum, { requests }) => sum + requests, 0);
}

function deviation({ share, expected }: MemberFigures): number {
  return Math.abs(share - expected);
}
