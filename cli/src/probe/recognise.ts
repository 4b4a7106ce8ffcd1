import type { IncomingHttpHeaders } from 'node:http';
import { MusterError } from '@muster/membership';

/** Where an answer says which member gave it. */
export interface Recogniser {
  readonly kind: 'header' | 'json';
  readonly name: string;
}

/** The parts of an answer that may name its member. */
export interface Answer {
  readonly headers: IncomingHttpHeaders;
  /** The JSON object of the body, if it was one and was read. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

/** What the sample webapp sends (`webapp/src/member-headers.ts`, `routes/home.ts`), and so may others. */
const KNOWN: readonly Recogniser[] = [
  { kind: 'header', name: 'x-backend' },
  { kind: 'json', name: 'host' },
];

/** `header:X-Served-By` or `json:hostname`; null for anything else. */
export function parseRecogniser(text: string): Recogniser | null {
  const [, kind, name] = /^(header|json):([\w.-]+)$/.exec(text) ?? [];
  if (name === undefined) return null;
  return kind === 'header' ? { kind, name: name.toLowerCase() } : { kind: 'json', name };
}

/** The member that gave this answer, or null when it does not say. */
export function memberOf({ kind, name }: Recogniser, answer: Answer): string | null {
  const value = kind === 'header' ? answer.headers[name] : answer.json?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * How the members of this app are told apart: as the user said, else by the first known way that its first answer has.
 * @throws `member-unrecognisable`, with what was looked for.
 */
export function chooseRecogniser(asked: Recogniser | null, answer: Answer & { readonly status: number }): Recogniser {
  const ways = asked ? [asked] : KNOWN;
  const found = ways.find((way) => memberOf(way, answer) !== null);
  if (found) return found;
  const looked = ways.map(describe).join(' or ');
  throw new MusterError(
    'member-unrecognisable',
    `cannot tell which member answered: the answer (status ${answer.status}) has no ${looked}. ` +
      'Name what your app sends, with --by header:NAME or --by json:FIELD',
  );
}

function describe({ kind, name }: Recogniser): string {
  return kind === 'header' ? `header ${name}` : `text field "${name}" in a JSON body`;
}
