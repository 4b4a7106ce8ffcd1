import { ID_PATTERN, MusterError, SERVICE_PATTERN, sleep } from '@muster/membership';
import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { OperatorActions, WatcherView } from '../../watcher/status.js';
import { parseRequest } from '../parse-request.js';

const target = z.object({
  service: z.string().regex(SERVICE_PATTERN, 'not a service name: lower-case letters, digits and "-", at most 63'),
  id: z.string().regex(ID_PATTERN, 'not a member id: letters, digits and "_-.:", at most 127'),
});

/** More ids than this in one message help nobody. */
const MAX_LISTED = 50;

export interface ActionRoutesOptions {
  readonly view: WatcherView;
  readonly actions: OperatorActions;
  readonly deadlineMs: number;
}

/** What an operator asks: `POST /v1/members/:service/:id/drain|ready|leave`. 202: accepted, not yet done. */
export function actionRoutes(options: ActionRoutesOptions): Router {
  const router = Router();
  for (const verb of ['drain', 'ready', 'leave'] as const) {
    router.post(`/v1/members/:service/:id/${verb}`, actionHandler(verb, options));
  }
  return router;
}

function actionHandler(
  verb: keyof OperatorActions,
  { view, actions, deadlineMs }: ActionRoutesOptions,
): RequestHandler {
  return async (request, response) => {
    const { service, id } = parseRequest(target, request.params);
    requireMember(view, service, id);
    await withDeadline(actions[verb](service, id), `${verb} member ${id} of service ${service}`, deadlineMs);
    response.status(202).json({ accepted: true });
  };
}

function requireMember(view: WatcherView, service: string, id: string): void {
  const { services } = view.status();
  if (!services.includes(service)) {
    throw new MusterError('service-unknown', `no service ${service}; known: ${list(services)}`);
  }
  const ids = view
    .members()
    .filter((member) => member.service === service)
    .map((member) => member.id);
  if (ids.includes(id)) return;
  throw new MusterError('member-unknown', `no member ${id} in service ${service}; known: ${list(ids)}`);
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, MAX_LISTED).join(', ');
  return names.length > MAX_LISTED ? `${shown} and ${names.length - MAX_LISTED} more` : shown;
}

async function withDeadline(action: Promise<void>, what: string, deadlineMs: number): Promise<void> {
  const timer = new AbortController();
  const expired = sleep(deadlineMs, timer.signal).then(() => {
    if (timer.signal.aborted) return;
    const message = `could not ${what}: the registry did not answer within ${deadlineMs} ms; try again`;
    throw new MusterError('registry-unreachable', message, { retryable: true });
  });
  try {
    await Promise.race([action, expired]);
  } finally {
    timer.abort();
  }
}
