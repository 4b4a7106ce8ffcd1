import { type Env, healthPath, MusterError } from '@muster/membership';
import { z } from 'zod';

const duration = z.string().regex(/^[1-9]\d{0,6}(ms|s|m)$/, 'must be a duration such as 250ms, 10s or 5m');

/**
 * Settings that shape the balancer's config and may change while it runs. Every value is strict enough to stand in a
 * config file as it is. Defaults are the measured ones (docs/adr/0003): see `.env` for what each does.
 */
export const settingsSchema = z
  .object({
    BALANCE: z
      .string()
      .regex(
        /^(roundrobin|leastconn|random|source|uri|first|sticky|header:[A-Za-z][A-Za-z0-9-]{0,63})$/,
        'must be roundrobin, leastconn, random, source, uri, header:NAME, first or sticky (weights are each WEIGHT of a member)',
      )
      .default('roundrobin'),
    HEALTH_PATH: healthPath,
    STICKY_COOKIE: z
      .string()
      .regex(/^([A-Za-z][A-Za-z0-9_-]{0,63})?$/, 'must be empty or a cookie name')
      .default(''),
    CHECK_INTERVAL: duration.default('250ms'),
    CHECK_FAST_INTERVAL: duration.default('100ms'),
    CHECK_DOWN_INTERVAL: duration.default('250ms'),
    CHECK_TIMEOUT: duration.default('500ms'),
    TIMEOUT_CONNECT: duration.default('250ms'),
    TIMEOUT_CLIENT: duration.default('30s'),
    TIMEOUT_SERVER: duration.default('30s'),
    TIMEOUT_KEEPALIVE: duration.default('5s'),
    HARD_STOP_AFTER: duration.default('20s'),
    SERVER_MAXCONN: z
      .string()
      .regex(/^(0|[1-9]\d{0,5})$/, 'must be a number of requests, 0 for no limit')
      .default('0'),
    ROUTING: z.enum(['all', 'local-first'], 'must be all or local-first').default('all'),
    MONITOR_PATH: z
      .string()
      .regex(/^((\/(?!\.\.?(\/|$))[A-Za-z0-9._~-]+)+)?$/, 'must be empty or a path such as /healthz')
      .default(''),
  })
  .readonly();

export type Settings = z.infer<typeof settingsSchema>;
export const SETTING_NAMES: readonly string[] = Object.keys(settingsSchema.unwrap().shape);

/** The cookie of `BALANCE=sticky` where `STICKY_COOKIE` names none. */
const DEFAULT_COOKIE = 'MUSTERLB';

/** The header that decides, or null: `header:X-User` → `X-User`. */
export function headerOf(balance: string): string | null {
  return balance.startsWith('header:') ? balance.slice('header:'.length) : null;
}

/** Milliseconds of a duration such as `250ms`, `10s` or `5m`. */
export function durationMs(text: string): number {
  const [, number = '0', unit = 'ms'] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  return Number(number) * ({ ms: 1, s: 1_000, m: 60_000 }[unit] ?? 1);
}

/** Sticky is round robin with a cookie. */
function withCookie(settings: Settings): Settings {
  if (settings.BALANCE !== 'sticky') return settings;
  return { ...settings, BALANCE: 'roundrobin', STICKY_COOKIE: settings.STICKY_COOKIE || DEFAULT_COOKIE };
}

/** Settings whose empty value says something. */
const MAY_BE_EMPTY: readonly string[] = ['HEALTH_PATH', 'STICKY_COOKIE', 'MONITOR_PATH'];

/** One line of the settings file. */
interface Line {
  readonly value: string;
  /** `settings.env line 3`. */
  readonly where: string;
}

/** Settings from the environment, overlaid by the lines of the settings file. Every fault is reported in one error. */
export function parseSettings(env: Env, file: string, fileName: string): Settings {
  const { lines, faults } = parseLines(file, fileName);
  const values = { ...fromEnv(env), ...Object.fromEntries([...lines].map(([name, { value }]) => [name, value])) };
  const parsed = settingsSchema.safeParse(values);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = path.join('.');
    faults.push(`${lines.get(name)?.where ?? 'environment'}: ${name} ${message}`);
  }
  if (!parsed.success || faults.length > 0) {
    throw refused(faults.join('; '));
  }
  return withCookie(parsed.data);
}

/** What the settings must agree with: where requests go, and where the first members are. */
export interface Surroundings {
  readonly services: readonly { readonly name: string; readonly prefix: string | null }[];
  readonly localAddress: string | null;
}

/** Throws `settings-invalid` for settings that are right by themselves, but not here. */
export function checkSurroundings({ ROUTING, MONITOR_PATH }: Settings, { services, localAddress }: Surroundings): void {
  if (ROUTING === 'local-first' && localAddress === null)
    throw refused('ROUTING=local-first needs LOCAL_ADDRESS, the address of the members that come first');
  const taken = services.find(({ prefix }) => prefix !== null && prefix === MONITOR_PATH);
  if (taken) throw refused(`MONITOR_PATH=${MONITOR_PATH} is where the service ${taken.name} begins; choose another`);
}

function refused(reasons: string): MusterError {
  return new MusterError('settings-invalid', `settings refused: ${reasons}`);
}

/** An empty variable counts as not set, because `${NAME:-}` in a compose file gives an empty one. */
function fromEnv(env: Env): Record<string, string> {
  const set = SETTING_NAMES.flatMap((name) => {
    const value = env[name];
    return value === undefined || (value === '' && !MAY_BE_EMPTY.includes(name)) ? [] : [[name, value] as const];
  });
  return Object.fromEntries(set);
}

function parseLines(text: string, fileName: string): { lines: Map<string, Line>; faults: string[] } {
  const lines = new Map<string, Line>();
  const faults: string[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const where = `${fileName} line ${index + 1}`;
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) faults.push(`${where}: not NAME=value`);
    else if (!SETTING_NAMES.includes(name)) {
      faults.push(`${where}: ${name} is not a live setting (${SETTING_NAMES.join(', ')})`);
    } else lines.set(name, { value: value.trim(), where });
  }
  return { lines, faults };
}
