import { strict as assert } from 'node:assert';
import { isFailed } from '../../../cli/src/probe/record.js';
import { isLossless } from '../../support/balancer-can.js';
import type { BalancerProgram } from '../../support/cluster-options.js';
import { eventually } from '../../support/eventually.js';
import { startBalancingLoad } from './load.js';
import { startStage } from './stage.js';
import { strategiesOf } from './strategy-list.js';

const RELOADS = 8;

/** What reloads cost clients that keep their connections. */
export interface Resets {
  readonly balancer: BalancerProgram['name'];
  readonly version: string;
  /** Whether none of its reloads may cost a request. */
  readonly isLossless: boolean;
  readonly reloads: number;
  readonly requests: number;
  readonly failed: number;
}

/** Eight changes of a live setting, each a reload, under 16 clients that send one request after the other, and none twice. */
export async function countResets(program: BalancerProgram, signal: AbortSignal): Promise<Resets> {
  const stage = await startStage(program);
  try {
    const [shown] = strategiesOf(program);
    assert.ok(shown);
    const { url } = stage.cluster;
    const load = startBalancingLoad({ url, shown, requests: 1_000_000, keepAlive: true }, signal);
    const before = await stage.cluster.reloads();
    for (let change = 0; change < RELOADS; change += 1) {
      signal.throwIfAborted();
      const target = load.answered() + 100;
      await stage.change({ TIMEOUT_SERVER: change % 2 === 0 ? '31s' : '30s' });
      await eventually(() => assert.ok(load.answered() > target, 'no load'));
    }
    load.stop();
    const { records } = await load.done;
    const reloads = (await stage.cluster.reloads()) - before;
    const failed = records.filter(isFailed).length;
    const about = { balancer: program.name, version: stage.version, isLossless: isLossless(program) };
    return { ...about, reloads, requests: records.length, failed };
  } finally {
    await stage.stop();
  }
}
