import { collectKeys } from './keys.js';
import { isFailed } from './record.js';
import { isBroken, type ProbeResult, perSecond, statusCounts } from './result.js';
import { isHashing } from './strategy.js';

/** The run for programs. Shares are 0–1, times in ms. */
export function resultJson(result: ProbeResult) {
  const { url, method, strategy, balancer, wanted, clients, keepAlive, cookies, records, tookMs, cut } = result;
  return {
    ...{ url, method, strategy, balancer, clients, keepAlive, cookies },
    requests: { wanted, sent: records.length, failed: records.filter(isFailed).length },
    interrupted: cut !== null,
    tookMs: Math.round(tookMs),
    perSecond: Math.round(perSecond(result)),
    statuses: Object.fromEntries(statusCounts(records)),
    members: result.figures,
    promises: result.verdicts,
    kept: !isBroken(result),
    ...(isHashing(strategy) ? { keys: Object.fromEntries([...collectKeys(records).keys].sort(byKey)) } : {}),
  };
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
