import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { AnswerTimes } from './answer-times.js';

/** How often the event loop is asked whether it is late, ms. */
const RESOLUTION_MS = 20;

/** Figures are taken over this long at least, ms: whoever asks more often gets the same again. */
const WINDOW_MS = 1_000;

/** What this process says of its own load, as the value of a `Server-Timing` header (W3C Server Timing). */
export interface Vitals {
  /** `loop;dur=` lag of the event loop in ms, `cpu;dur=` percent of one core, `app;dur=` recent latency of requests in ms. */
  serverTiming(): string;
}

/** Nothing is measured before the first call: an app that nobody asks pays nothing. */
export function createVitals(times: Pick<AnswerTimes, 'recentMs'>): Vitals {
  let window: Window | null = null;
  let figures: readonly string[] = [];

  function look(): void {
    window ??= windowOf(newMonitor());
    const { loop, cpu, sinceMs } = window;
    const elapsedMs = performance.now() - sinceMs;
    if (elapsedMs < WINDOW_MS) return;
    const used = process.cpuUsage(cpu);
    // The histogram holds the time from one timer to the next; nine of ten waited no longer than that.
    const lagMs = Math.max(0, loop.percentile(90) / 1e6 - RESOLUTION_MS);
    figures = [metric('loop', lagMs), metric('cpu', (used.user + used.system) / 10 / elapsedMs)];
    loop.reset();
    window = windowOf(loop);
  }

  return {
    serverTiming() {
      look();
      const recentMs = times.recentMs();
      return [...figures, ...(recentMs === null ? [] : [metric('app', recentMs)])].join(', ');
    },
  };
}

/** Since when the figures to come are taken. */
interface Window {
  readonly loop: IntervalHistogram;
  readonly cpu: NodeJS.CpuUsage;
  readonly sinceMs: number;
}

function windowOf(loop: IntervalHistogram): Window {
  return { loop, cpu: process.cpuUsage(), sinceMs: performance.now() };
}

function newMonitor(): IntervalHistogram {
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  return loop;
}

function metric(name: string, value: number): string {
  return `${name};dur=${value.toFixed(1)}`;
}
