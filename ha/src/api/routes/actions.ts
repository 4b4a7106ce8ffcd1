import {
  ID_PATTERN,
  LARGEST_WEIGHT,
  MusterError,
  SERVICE_PATTERN,
  weightSchema,
  withDeadline,
} from '@muster/membership';
import { json, type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { OperatorActions } from '../../watcher/status.js';
import { parseRequest } from '../parse-request.js';

const memberPath = z.object({
  service: z.string().regex(SERVICE_PATTERN, 'not a service name: lower-case letters, digits and "-", at most 63'),
  id: z.string().regex(ID_PATTERN, 'not a member id: letters, digits and "_-.:", at most 127'),
});

const wantedWeight = weightSchema.nullable();
const WEIGHT_RULE =
  `send {"weight": n} as application/json: a whole number from 0 to ${LARGEST_WEIGHT}, ` +
  "or null for the member's own";
/** Whatever is wrong with it, what to send says it all. */
const weightBody = z.object(
  { weight: z.custom<z.output<typeof wantedWeight>>((value) => wantedWeight.safeParse(value).success, WEIGHT_RULE) },
  WEIGHT_RULE,
);

export interface ActionRoutesOptions {
  readonly actions: OperatorActions;
  readonly deadlineMs: number;
}

const NEVER = new AbortController().signal;

/**
 * What an operator asks: `POST /v1/members/:service/:id/drain|ready|leave`, and `…/weight` with `{"weight": 0–256 or null}`.
 * 202: accepted, not yet done.
 */
export function actionRoutes(options: ActionRoutesOptions): Router {
  const router = Router();
  for (const verb of ['drain', 'ready', 'leave'] as const) {
    router.post(
      `/v1/members/:service/:id/${verb}`,
      actionHandler(verb, options, (service, id, signal) => options.actions[verb](service, id, signal)),
    );
  }
  router.post(
    '/v1/members/:service/:id/weight',
    json({ limit: '1kb' }),
    actionHandler('weigh', options, (service, id, signal, request) => {
      const { weight } = parseRequest(weightBody, request.body);
      return options.actions.setWeight(service, id, weight, signal);
    }),
  );
  return router;
}

type Act = (service: string, id: string, signal: AbortSignal, request: Request) => Promise<void>;

/** `verb` is for messages. */
function actionHandler(verb: string, { deadlineMs }: ActionRoutesOptions, act: Act): RequestHandler {
  return async (request, response) => {
    const { service, id } = parseRequest(memberPath, request.params);
    try {
      await withDeadline(deadlineMs, NEVER, async (signal) => act(service, id, signal, request));
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
