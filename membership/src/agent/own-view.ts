import { monotonicMs } from '../clock.js';
import { FULL_CAPACITY, stepCapacity } from './capacity.js';
import type { ProbeResult } from './probe.js';
import { parseServerTiming } from './server-timing.js';

/**
 * The agent's own view of how much its member can take: takes in each probe, and gives the capacity in percent.
 * `targetMs`: what latency is still fine.
 */
export function createOwnView(targetMs: number): (result: ProbeResult) => number {
  let state = FULL_CAPACITY;
  return ({ latencyMs, serverTiming }) => {
    const timing = parseServerTiming(serverTiming);
    const said = { appMs: timing.get('app'), loopMs: timing.get('loop'), cpuPercent: timing.get('cpu') };
    state = stepCapacity(state, { probeMs: latencyMs, ...said }, monotonicMs(), targetMs);
    return state.capacity;
  };
}
