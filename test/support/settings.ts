import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOT_ENV = join(fileURLToPath(new URL('../..', import.meta.url)), '.env');

type Env = Record<string, string | undefined>;

/** The `NAME=value` lines of .env, whether or not they are commented out. */
export function readDotEnv(): Record<string, string> {
  const settings = readFileSync(DOT_ENV, 'utf8')
    .split('\n')
    .flatMap((line) => settingOf(line) ?? []);
  return Object.fromEntries(settings.map(({ name, value }) => [name, value]));
}

/** What a line of .env sets; null for every other line. */
export function settingOf(line: string): { readonly name: string; readonly value: string } | null {
  const [, name, value] = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
  return name === undefined || value === undefined ? null : { name, value };
}

/** The names that a parser of settings looks up, found by letting it look. */
export function namesReadBy(parse: (env: Env) => unknown): string[] {
  const names = new Set<string>();
  const env = new Proxy<Env>(
    {},
    {
      get(_target, name) {
        if (typeof name === 'string') names.add(name);
        return undefined;
      },
    },
  );
  try {
    parse(env);
  } catch {
    // Settings that must be given are missing: by then all were asked for.
  }
  return [...names];
}
