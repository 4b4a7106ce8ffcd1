import { writeFileSync } from 'node:fs';
import { errorMessage, MusterError, monotonicMs } from '@muster/membership';
import { figuresOf } from './figures.js';
import { firstAnswer } from './first-answer.js';
import { type KeyFile, readKeyFile, writeKeyFile } from './key-file.js';
import { collectKeys } from './keys.js';
import { askWatcher, type Known } from './known.js';
import { judgeMoves } from './moved.js';
import type { Header } from './options.js';
import { plotSvg } from './plot.js';
import type { RequestPlan } from './prepare.js';
import { createProgress, type ProgressStream } from './progress.js';
import { judge } from './promises.js';
import type { Recogniser } from './recognise.js';
import type { ProbeResult } from './result.js';
import { sendAll } from './run.js';
import { isHashing, type Strategy, strategyOf } from './strategy.js';
import { findTarget } from './target.js';

/** What the user asked for. */
export interface ProbeOptions {
  readonly url: string | undefined;
  readonly api?: string;
  readonly service?: string;
  readonly requests: number;
  readonly clients: number;
  readonly keepAlive: boolean;
  readonly cookies?: boolean;
  readonly method: string;
  readonly header?: readonly Header[];
  readonly path?: string;
  readonly from?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly by?: Recogniser;
  readonly expect?: Strategy;
  readonly weights?: ReadonlyMap<string, number>;
  readonly workers?: number;
  readonly keys?: string;
  readonly compare?: string;
  readonly plot?: string;
}

export interface ProbeContext {
  readonly env: NodeJS.ProcessEnv;
  /** Where progress is shown. */
  readonly stderr: ProgressStream;
  readonly unicode: boolean;
  /** Aborts at Ctrl-C: the run ends, and what was sent so far is judged. */
  readonly signal: AbortSignal;
}

/**
 * Finds out where and what to expect, sends, judges, and writes the files that were asked for.
 * @throws `url-unreachable`, `member-unrecognisable`, `keys-unreadable`, …: before anything is counted.
 */
export async function probe(options: ProbeOptions, context: ProbeContext): Promise<ProbeResult> {
  const before = options.compare === undefined ? null : readKeyFile(options.compare);
  const target = await findTarget(options.url, options.api, context.env);
  const isNamed = Boolean(options.api ?? context.env.MUSTER_API);
  const known = await askWatcher(target, options.service, isNamed, context.signal);
  const strategy = expected(options, known);
  requireKeys(options, strategy);
  const result = await send({ options, context, known, strategy, url: target.url });
  const now = keyFileOf(result);
  if (options.keys !== undefined) writeKeyFile(options.keys, now);
  const moves = before ? judgeMoves(before, now, result.balancer) : [];
  const judged = { ...result, verdicts: [...result.verdicts, ...moves] };
  if (options.plot !== undefined) writePlot(options.plot, judged);
  return judged;
}

function expected({ expect, cookies }: ProbeOptions, known: Known | null): Strategy {
  return expect ?? (known ? strategyOf(known.balance, known.stickyCookie, cookies ?? false) : 'any');
}

/** Before anything is sent: a long run whose keys cannot be compared would be for nothing. */
function requireKeys({ keys, compare }: ProbeOptions, strategy: Strategy): void {
  if ((keys === undefined && compare === undefined) || isHashing(strategy)) return;
  const message = `cannot follow keys: ${strategy} has none (--expect source, uri or header:NAME)`;
  throw new MusterError('keys-not-used', message);
}

interface Order {
  readonly options: ProbeOptions;
  readonly context: ProbeContext;
  readonly known: Known | null;
  readonly strategy: Strategy;
  readonly url: URL;
}

async function send({ options, context, known, strategy, url }: Order): Promise<ProbeResult> {
  const { method, header: headers = [], requests, clients, keepAlive } = options;
  const timeoutMs = options.timeout * 1_000;
  // Nobody is bound by a cookie that is not kept.
  const cookies = (options.cookies ?? false) || strategy === 'sticky';
  const plan: RequestPlan = { url, method, path: options.path ?? null, headers, from: options.from ?? null, strategy };
  const recogniser = await firstAnswer(plan, options.by ?? null, timeoutMs, context.signal);
  const { show: onProgress, end } = createProgress(requests, context.stderr, context.unicode, monotonicMs);
  const settings = { plan, requests, clients, keepAlive, cookies, timeoutMs, recogniser, onProgress };
  const { records, tookMs, cut } = await sendAll(settings, context.signal).finally(end);
  const figures = figuresOf(records, options.weights ?? known?.weights ?? null);
  const balancer = known?.balancer ?? null;
  const workers = options.workers ?? known?.workers ?? 1;
  const verdicts = judge({ strategy, records, figures, balancer, workers, cut, clients, cookies });
  const facts = { url: url.href, method, strategy, balancer, wanted: requests, clients, keepAlive, cookies };
  return { ...facts, records, tookMs, cut: context.signal.aborted ? cut : null, figures, verdicts };
}

function keyFileOf({ strategy, figures, records }: ProbeResult): KeyFile {
  const members = Object.fromEntries(figures.map(({ member, weight }) => [member, weight]));
  return { strategy, members, keys: Object.fromEntries(collectKeys(records).keys) };
}

function writePlot(path: string, result: ProbeResult): void {
  try {
    writeFileSync(path, plotSvg(result));
  } catch (cause) {
    throw new MusterError('plot-unwritable', `cannot write the plot to ${path}: ${errorMessage(cause)}`, { cause });
  }
}
