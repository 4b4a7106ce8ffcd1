import { ID_PATTERN, MusterError, SERVICE_PATTERN, withDeadline } from '@muster/membership';
import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { OperatorActions } from '../../watcher/status.js';
import { parseRequest } from '../parse-request.js';

const memberPath = z.object({
  service: z.string().regex(SERVICE_PATTERN, 'not a service name: lower-case letters, digits and "-", at most 63'),
  id: z.string().regex(ID_PATTERN, 'not a member id: letters, digits and "_-.:", at most 127'),
});

export interface ActionRoutesOptions {
  readonly actions: OperatorActions;
  readonly deadlineMs: number;
}

const NEVER = new AbortController().signal;

/** What an operator asks: `POST /v1/members/:service/:id/drain|ready|leave`. 202: accepted, not yet done. */
export function actionRoutes(options: ActionRoutesOptions): Router {
  const router = Router();
  for (const verb of ['drain', 'ready', 'leave'] as const) {
    router.post(`/v1/members/:service/:id/${verb}`, actionHandler(verb, options));
  }
  return router;
}

function actionHandler(verb: keyof OperatorActions, { actions, deadlineMs }: ActionRoutesOptions): RequestHandler {
  return async (request, response) => {
    const { service, id } = parseRequest(memberPath, request.params);
    try {
      await withDeadline(deadlineMs, NEVER, (signal) => actions[verb](service, id, signal));
    } catch (error) {
      throw error instanceof MusterError && error.code === 'timed-out' ? silent(verb, service, id, deadlineMs) : error;
    }
    response.status(202).json({ accepted: true });
  };
}

function silent(verb: string, service: string, id: string, deadlineMs: number): MusterError {
  const what = `could not ${verb} member ${id} of service ${service}`;
  const message = `${what}: the registry did not answer within ${deadlineMs} ms; try again`;
  return new MusterError('registry-unreachable', message, { retryable: true });
}
