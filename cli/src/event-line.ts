import type { ApiEvent } from './api-schema.js';
import { type Colour, type Paint, printable } from './terminal.js';

const TYPE_WIDTH = 16;

const COLOURS: Readonly<Record<string, Colour>> = {
  'member-join': 'green',
  'member-failed': 'red',
  'member-leaving': 'yellow',
  'server-up': 'green',
  'server-down': 'red',
  'server-draining': 'yellow',
  'registry-fault': 'red',
  'registry-recovered': 'green',
  'config-refused': 'red',
  'apply-failed': 'red',
};

/** One event as one line: local time, type, sentence. */
export function eventLine(event: ApiEvent, paint: Paint): string {
  const type = printable(event.type).padEnd(TYPE_WIDTH);
  const colour = COLOURS[event.type];
  return `${paint('dim', clockTime(event.at))}  ${colour ? paint(colour, type) : type}  ${printable(event.message)}`;
}

function clockTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return printable(iso).slice(0, 12);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
