import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';

/** What `GET /` tells, as JSON or on the page. The names are those of the lab that Muster grew out of. */
export interface Greeting {
  readonly hello: string;
  /** Address at which this member was reached. */
  readonly ip: string;
  /** The member id; in a container it is the host name. */
  readonly host: string;
  readonly tag: string;
  readonly sessionViews: number;
  /** Session id. */
  readonly id: string;
}

export interface Page {
  readonly html: string;
  /** Value of the Content-Security-Policy header that fits this page and no other. */
  readonly policy: string;
}

export type HomePage = (greeting: Greeting) => Page;

/** Compiles `views/home.hbs` once; the folder is beside `src` and `dist` alike. */
export function createHomePage(): HomePage {
  const file = join(import.meta.dirname, '..', 'views', 'home.hbs');
  const template = Handlebars.compile(readFileSync(file, 'utf8'), { strict: true });
  return (greeting) => {
    const nonce = randomBytes(16).toString('base64url');
    return { html: template({ ...greeting, nonce, hue: hueOf(greeting.host) }), policy: policy(nonce) };
  };
}

/** A colour that a member keeps for life: degrees on the colour wheel, from its id. */
export function hueOf(memberId: string): number {
  return createHash('sha256').update(memberId).digest().readUInt16BE(0) % 360;
}

/** Nothing is loaded and no script runs; the page's own style is the one with the nonce, its icon a data URL. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
