import { errorMessage, type Logger, MusterError } from '@muster/membership';
import type { ErrorRequestHandler, RequestHandler } from 'express';

/** Error code → HTTP status; other codes answer 503 when the same request may succeed later, else 500. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  'bad-request': 400,
  'token-missing': 401,
  'token-wrong': 401,
  'host-forbidden': 403,
  'origin-forbidden': 403,
  'route-unknown': 404,
  'service-unknown': 404,
  'member-unknown': 404,
  'member-elsewhere': 409,
  'registry-unreachable': 503,
};

/** The last route: JSON also for paths that do not exist. */
export const unknownRoute: RequestHandler = (request, _response, next) => {
  next(new MusterError('route-unknown', `no such route: ${request.method} ${request.path}; see GET /v1/status`));
};

/** Turns whatever was thrown into `{ error: { code, message } }`. Faults of our own are logged and not explained to the client. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown: unknown, request, response, _next) => {
    const { status, code, message } = describe(thrown);
    if (status === 500) logger.error({ method: request.method, path: request.path, err: thrown }, 'request failed');
    else logger.debug({ method: request.method, path: request.path, status, code }, 'request refused');
    if (response.headersSent) return void response.destroy();
    if (status === 401) response.set('WWW-Authenticate', 'Bearer');
    response.status(status).json({ error: { code, message } });
  };
}

function describe(thrown: unknown): { status: number; code: string; message: string } {
  if (thrown instanceof MusterError) {
    const status = STATUS_BY_CODE[thrown.code] ?? (thrown.retryable ? 503 : 500);
    return { status, code: thrown.code, message: thrown.message };
  }
  // Express rejects a path such as /%E0 by itself, with status 400.
  if (thrown instanceof URIError)
    return { status: 400, code: 'bad-request', message: 'the path is not valid percent-encoding' };
  // The body of a request is parsed before our own code sees it.
  const status = bodyFault(thrown);
  if (status !== null)
    return { status, code: 'bad-request', message: `the body cannot be read: ${errorMessage(thrown)}` };
  return { status: 500, code: 'internal', message: 'the watcher failed to answer; its log has the reason' };
}

/** The status of an error of Express's body parser that the client caused, or null (`type` is `entity.…`, `encoding.…`). */
function bodyFault(thrown: unknown): number | null {
  if (!(thrown instanceof Error && 'type' in thrown && 'status' in thrown)) return null;
  const { type, status } = thrown;
  const known = typeof type === 'string' && /^(entity|encoding|charset|request)\./.test(type);
  return known && typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
