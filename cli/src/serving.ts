import { errorMessage, MusterError } from '@muster/membership';
import type { ApiClient } from './api-client.js';
import type { ApiMember } from './api-schema.js';
import { pollUntil } from './poll-until.js';

/** What is waited for, and for whom. */
export interface ServingWait {
  /** For people, after `cannot`: `start`, `scale to 3`. */
  readonly task: string;
  readonly ids: readonly string[];
  readonly deadlineMs: number;
}

/** Whether requests reach this member: the registry calls it alive, and the balancer's own check of it passes. */
export function serves({ status, server }: ApiMember): boolean {
  return status === 'alive' && server?.health === 'up';
}

/**
 * Waits until all these members serve.
 * @throws `not-serving`, with those that do not.
 */
export async function untilServing(
  api: ApiClient,
  { task, ids, deadlineMs }: ServingWait,
  signal: AbortSignal,
): Promise<void> {
  let problem = '';
  const check = async () => {
    problem = await whyNotServing(api, ids, signal);
    return problem === '';
  };
  if (await pollUntil(check, deadlineMs, signal)) return;
  throw new MusterError('not-serving', `cannot ${task}: after ${deadlineMs / 1000} s ${problem}`);
}

async function whyNotServing(api: ApiClient, ids: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const serving = new Set((await api.members(signal)).filter(serves).map((member) => member.id));
    const missing = ids.filter((id) => !serving.has(id));
    return missing.length === 0 ? '' : `${missing.join(', ')} did not serve yet`;
  } catch (thrown) {
    return errorMessage(thrown);
  }
}
