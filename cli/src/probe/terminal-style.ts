import type { Paint } from '../terminal.js';

/** How to write for one terminal, or file. */
export interface TerminalStyle {
  readonly paint: Paint;
  /** Whether block characters are understood. */
  readonly unicode: boolean;
}

/** Variables that name the character set, the strongest first (POSIX.1-2017, 8.2). */
const LOCALE = ['LC_ALL', 'LC_CTYPE', 'LANG'] as const;

/** Whether the locale is one of UTF-8; not without a locale, which means ASCII. */
export function isUtf8(env: NodeJS.ProcessEnv): boolean {
  const locale = LOCALE.map((name) => env[name]).find(Boolean) ?? '';
  return /utf-?8/i.test(locale);
}
