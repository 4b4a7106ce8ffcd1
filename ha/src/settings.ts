import { MusterError } from '@muster/membership';
import { z } from 'zod';

const duration = z.string().regex(/^[1-9]\d{0,6}(ms|s|m)$/, 'must be a duration such as 250ms, 10s or 5m');
const path = z.string().regex(/^(\/[A-Za-z0-9._~/-]*)?$/, 'must be empty or a path such as /readyz');

/**
 * Settings that shape the balancer's config and may change while it runs. Every value is strict enough to stand in a
 * config file as it is. Defaults are the measured ones (docs/adr/0003): see `.env` for what each does.
 */
export const settingsSchema = z
  .object({
    BALANCE: z
      .enum(['roundrobin', 'leastconn', 'random', 'first'], 'must be roundrobin, leastconn, random or first')
      .default('roundrobin'),
    HEALTH_PATH: path.default('/readyz'),
    STICKY_COOKIE: z
      .string()
      .regex(/^([A-Za-z][A-Za-z0-9_-]{0,63})?$/, 'must be empty or a cookie name')
      .default(''),
    CHECK_INTERVAL: duration.default('500ms'),
    CHECK_FAST_INTERVAL: duration.default('100ms'),
    CHECK_DOWN_INTERVAL: duration.default('250ms'),
    CHECK_TIMEOUT: duration.default('300ms'),
    TIMEOUT_CONNECT: duration.default('250ms'),
    TIMEOUT_CLIENT: duration.default('30s'),
    TIMEOUT_SERVER: duration.default('30s'),
    TIMEOUT_KEEPALIVE: duration.default('5s'),
    HARD_STOP_AFTER: duration.default('20s'),
  })
  .readonly();

export type Settings = z.infer<typeof settingsSchema>;
export const SETTING_NAMES: readonly string[] = Object.keys(settingsSchema.unwrap().shape);

/** Settings from the environment, overlaid by the lines of the settings file. Every fault is reported in one error. */
export function parseSettings(
  env: Readonly<Record<string, string | undefined>>,
  file: string,
  fileName: string,
): Settings {
  const { values, faults } = parseLines(file, fileName);
  const known = Object.fromEntries(
    SETTING_NAMES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  const parsed = settingsSchema.safeParse({ ...known, ...values });
  if (!parsed.success) {
    faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  }
  if (!parsed.success || faults.length > 0) {
    throw new MusterError('settings-invalid', `settings refused: ${faults.join('; ')}`);
  }
  return parsed.data;
}

function parseLines(text: string, fileName: string): { values: Record<string, string>; faults: string[] } {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([A-Z_]+)=(.*)$/.exec(line);
    const [, name, value] = match ?? [];
    if (name === undefined || value === undefined) faults.push(`${fileName} line ${index + 1}: not NAME=value`);
    else if (!SETTING_NAMES.includes(name))
      faults.push(`${fileName} line ${index + 1}: ${name} is not a live setting (${SETTING_NAMES.join(', ')})`);
    else values[name] = value.trim();
  }
  return { values, faults };
}
