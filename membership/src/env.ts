import { z } from 'zod';
import { MusterError } from './errors.js';

/** What a process is started with: `process.env`, or a record made by a test. */
export type Env = Readonly<Record<string, string | undefined>>;

type Shape = Readonly<Record<string, z.ZodType>>;

/** The values of a shape, by the name of the setting. */
export type EnvValues<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> };

/** Looks at several settings together; gives one line per fault. It sees only the settings that were right by themselves. */
export type CrossCheck<S extends Shape> = (values: Partial<EnvValues<S>>) => readonly string[];

/**
 * Reads the settings of `shape` from the environment. An empty variable counts as not set, because `${NAME:-}` in a
 * compose file gives an empty one, except for names in `mayBeEmpty`.
 * @throws MusterError `config-invalid` that lists every fault, one line each.
 */
export function readEnv<S extends Shape>(
  shape: S,
  env: Env,
  options: { readonly mayBeEmpty?: readonly string[]; readonly crossChecks?: readonly CrossCheck<S>[] } = {},
): EnvValues<S> {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, schema] of Object.entries(shape)) {
    const text = env[name];
    const parsed = schema.safeParse(text === '' && !options.mayBeEmpty?.includes(name) ? undefined : text);
    if (parsed.success) values[name] = parsed.data;
    else faults.push(...parsed.error.issues.map((issue) => `${name}: ${issue.message}`));
  }
  const good = values as Partial<EnvValues<S>>;
  for (const check of options.crossChecks ?? []) faults.push(...check(good));
  if (faults.length > 0) throw invalidConfig(faults);
  return good as EnvValues<S>;
}

/** One error for all faults of a configuration. */
function invalidConfig(faults: readonly string[]): MusterError {
  return new MusterError('config-invalid', `the settings have ${faults.length} fault(s):\n  ${faults.join('\n  ')}`);
}

/** A whole number between `min` and `max`, both included. */
export function envInt(min: number, max: number, preset: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule)
    .default(preset);
}

/** A comma list; blanks around entries and empty entries are dropped. */
export function envList(preset: string) {
  return z
    .string()
    .default(preset)
    .transform((text): readonly string[] =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    );
}
