/** Every error that Muster throws on purpose. The message says what was attempted, on what, and what to do. */
export class MusterError extends Error {
  /** Stable, for programs: `consul-unreachable`, `config-invalid`, … */
  readonly code: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MusterError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** The code of an error of Node (`ENOENT`, …) or of Muster; undefined for anything else that was thrown. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** The message of anything that was thrown. */
export function errorMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
