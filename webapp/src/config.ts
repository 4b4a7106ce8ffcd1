import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { AdminAccess } from './admin.js';

/** Everything that can be set from outside, parsed and frozen. README.md explains each setting. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly memberId: string;
  readonly logLevel: string;
  /** Undefined when the operator set none; then this process makes its own. */
  readonly sessionSecret: string | undefined;
  readonly adminAccess: AdminAccess;
  readonly stopTimeoutMs: number;
  /** Descriptor on which a supervisor such as s6 waits for the news that we are ready. */
  readonly notifyFd: number | undefined;
}

/** All faults of the settings at once, so that nobody has to fix them one start at a time. */
export class ConfigError extends Error {
  readonly code = 'config-invalid';

  constructor(readonly faults: readonly string[]) {
    super(['the settings are not usable:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
    this.name = 'ConfigError';
  }
}

/** Shorter secrets can be guessed offline from one signed cookie. */
const secret = z.string().min(16, 'must have at least 16 characters (try: openssl rand -hex 32)');

const settings = z.object({
  HOST: z.string().default('0.0.0.0'),
  PORT: wholeNumber(0, 65_535).default(3000),
  // The same rule as the registry's for member ids; it also makes the id safe in a response header.
  MEMBER_ID: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,126}$/, 'must be 1-127 letters, digits, "_", "-", "." or ":"')
    .prefault(hostname()),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'must be a pino level, for example info')
    .default('info'),
  NODE_ENV: z.string().default('development'),
  SESSION_SECRET: secret.optional(),
  SESSION_SECRET_FILE: z.string().transform(readTrimmed).pipe(secret).optional(),
  ADMIN_TOKEN: secret.optional(),
  STOP_TIMEOUT_MS: wholeNumber(0, 600_000).default(9000),
  NOTIFY_FD: wholeNumber(3, 1024).optional(),
});

/**
 * Parses the environment. An empty value counts as not set, as Compose passes `NAME=` for unset variables.
 * @throws {ConfigError} naming every setting that is wrong; values are not repeated, they may be secrets.
 */
export function parseConfig(env: NodeJS.ProcessEnv): Config {
  const values = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  // The variable wins: then the file need not be there.
  if (values.SESSION_SECRET !== undefined) delete values.SESSION_SECRET_FILE;
  const parsed = settings.safeParse(values);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  }
  const set = parsed.data;
  return Object.freeze({
    host: set.HOST,
    port: set.PORT,
    memberId: set.MEMBER_ID,
    logLevel: set.LOG_LEVEL,
    sessionSecret: set.SESSION_SECRET ?? set.SESSION_SECRET_FILE,
    adminAccess: adminAccess(set.NODE_ENV, set.ADMIN_TOKEN),
    stopTimeoutMs: set.STOP_TIMEOUT_MS,
    notifyFd: set.NOTIFY_FD,
  });
}

function adminAccess(nodeEnv: string, token: string | undefined): AdminAccess {
  if (nodeEnv === 'development') return { kind: 'open' };
  return token === undefined ? { kind: 'refused' } : { kind: 'token', token };
}

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .refine(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max,
      `must be a whole number from ${min} to ${max}`,
    )
    .transform(Number);
}

function readTrimmed(path: string, context: z.RefinementCtx): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: `cannot be read: ${reason}` });
    return z.NEVER;
  }
}
