import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { fill } from './fill.js';
import { parseRecogniser, type Recogniser } from './recognise.js';
import { parseStrategy, STRATEGY_WORDS, type Strategy } from './strategy.js';

/** Names of headers are tokens, values one line (RFC 9110, 5.5 and 5.6.2). */
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):\s*([^\r\n\0]*)$/;

/** Every record of a run is kept, about 150 bytes each. */
const MAX_REQUESTS = 5_000_000;
const MAX_CLIENTS = 1_000;

export type Header = readonly [name: string, value: string];

export const requestsOption = (text: string) => wholeNumberTo(text, MAX_REQUESTS);
export const clientsOption = (text: string) => wholeNumberTo(text, MAX_CLIENTS);
export const workersOption = (text: string) => wholeNumberTo(text, 1_000);

/** Seconds. */
export function timeoutOption(text: string): number {
  const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0) throw new InvalidArgumentError('It must be a number of seconds, such as 10 or 0.5.');
  return seconds;
}

/** Gathers the headers of repeated options; names in lower case. */
export function headerOption(text: string, before: readonly Header[] = []): readonly Header[] {
  const [, name, value] = HEADER.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("It must be 'Name: value'.");
  return [...before, [name.toLowerCase(), value.trim()]];
}

export function methodOption(text: string): string {
  if (/^[A-Za-z]{1,20}$/.test(text)) return text.toUpperCase();
  throw new InvalidArgumentError('It must be a method, such as GET or POST.');
}

export function pathOption(text: string): string {
  if (/^\/[^\s#]*$/.test(text) && !text.startsWith('//')) return text;
  throw new InvalidArgumentError("It must be a path, such as '/item/{n%500}'.");
}

/** `127.0.1.{client}`, or one address for all clients. */
export function fromOption(text: string): string {
  if (isIP(fill(text, { n: 1, client: 1 })) !== 0) return text;
  throw new InvalidArgumentError("It must be an IP address of this machine, such as 127.0.1.1 or '127.0.1.{client}'.");
}

export function byOption(text: string): Recogniser {
  const parsed = parseRecogniser(text);
  if (parsed) return parsed;
  throw new InvalidArgumentError('It must be header:NAME or json:FIELD.');
}

export function expectOption(text: string): Strategy {
  const parsed = parseStrategy(text);
  if (parsed) return parsed;
  throw new InvalidArgumentError(`It must be one of ${STRATEGY_WORDS}.`);
}

/** `a=1,b=2` */
export function weightsOption(text: string): ReadonlyMap<string, number> {
  const pairs = text.split(',').map((pair) => /^([^=\s]+)=(\d{1,6}(?:\.\d{1,3})?)$/.exec(pair.trim()));
  const weights = new Map(pairs.map((match) => [match?.[1] ?? '', Number(match?.[2])] as const));
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  if (pairs.every(Boolean) && weights.size === pairs.length && total > 0) return weights;
  throw new InvalidArgumentError(
    'It must name each member once, such as web-1=1,web-2=2, and give one of them a weight.',
  );
}

function wholeNumberTo(text: string, most: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw new InvalidArgumentError(`It must be a whole number, 1–${most}.`);
  return value;
}
