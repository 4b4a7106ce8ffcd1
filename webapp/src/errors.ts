import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { z } from 'zod';

/** An error that the client may see: `{ error: { code, message } }` with this status. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    /** Stable, for programs. */
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'HttpError';
  }
}

/**
 * The value as `schema` reads it.
 * @throws {HttpError} 400 that names the first field at fault.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new HttpError(400, 'input-invalid', issue ? [...issue.path, issue.message].join(' ') : 'input is not valid');
}

export const notFound: RequestHandler = (req) => {
  throw new HttpError(404, 'not-found', `nothing answers ${req.method} ${req.path}`);
};

/** Turns whatever was thrown into one JSON shape. What we did not foresee is logged and not shown. */
export function errorAnswers(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    const error = toHttpError(thrown);
    if (error.status >= 500) log.error({ err: thrown, method: req.method, path: req.path }, 'request failed');
    // Too late for another answer: Express cuts the connection, so that the client cannot take half of it for all.
    if (res.headersSent) return next(thrown);
    res.status(error.status).json({ error: { code: error.code, message: error.message } });
  };
}

/** What body-parser's errors (their `type`) mean to a client. */
const BODY_FAULTS: Readonly<Record<string, HttpError>> = {
  'entity.parse.failed': new HttpError(400, 'body-malformed', 'the body is not valid JSON'),
  'entity.too.large': new HttpError(413, 'body-too-large', 'the body is larger than this endpoint reads'),
};

function toHttpError(thrown: unknown): HttpError {
  if (thrown instanceof HttpError) return thrown;
  const { type, status } = Object(thrown) as { type?: unknown; status?: unknown };
  const known = typeof type === 'string' ? BODY_FAULTS[type] : undefined;
  if (known) return known;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpError(status, 'request-malformed', 'the request cannot be read');
  }
  return new HttpError(500, 'internal', 'something went wrong here; the log of this member says what');
}
