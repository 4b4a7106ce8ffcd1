import type { RecordedEvent } from '../../../ha/src/events/event.js';
import type { LogLine } from '../../support/cluster-log.js';
import { relativeTime } from '../names.js';
import { textTable } from '../text-table.js';

/** Something that happened, by whose word. */
export interface Happening {
  /** Wall clock, ms. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

/** Fields that every line has, and those that differ in each run and say nothing. */
const LEFT_OUT = ['level', 'time', 'pid', 'name', 'msg', 'boot'];

/** Lines of a JSON log, `debug` and below left out. */
export function fromLog(who: string, lines: readonly LogLine[]): Happening[] {
  return lines
    .filter(({ level, msg, time }) => (level ?? 0) >= 30 && msg !== undefined && time !== undefined)
    .map((line) => ({ atMs: Date.parse(line.time ?? ''), who, what: [line.msg, ...fieldsOf(line)].join('  ') }));
}

export function fromEvents(events: readonly RecordedEvent[]): Happening[] {
  return events.map(({ at, type, message }) => ({ atMs: Date.parse(at), who: 'watcher', what: `${type}: ${message}` }));
}

/** One line each, in the order of time, with the time since `startMs`. */
export function timelineText(happenings: readonly Happening[], startMs: number): string {
  const sorted = [...happenings].sort((a, b) => a.atMs - b.atMs);
  return textTable(
    ['time', 'who', 'what'],
    sorted.map(({ atMs, who, what }) => [sinceText(atMs - startMs), who, what]),
  );
}

/** `before`, or the time since the start. */
export function sinceText(ms: number): string {
  return ms < 0 ? 'before' : relativeTime(ms);
}

function fieldsOf(line: LogLine): string[] {
  return Object.entries(line)
    .filter(([name]) => !LEFT_OUT.includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
}
