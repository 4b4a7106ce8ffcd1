import { MusterError } from '@muster/membership';
import type { ApiMember } from '../api-schema.js';
import type { Target } from './target.js';

/** What a watcher tells of its balancer. */
export interface Known {
  readonly balancer: string;
  readonly workers: number;
  readonly balance: string;
  readonly stickyCookie: string;
  /** Weight by member, of those in service. */
  readonly weights: ReadonlyMap<string, number>;
}

/**
 * What the watcher knows of one service, the default one unless `service` names it.
 * Null when no watcher was named and none answers.
 * @throws `service-unknown`, and when a watcher that was named does not answer.
 */
export async function askWatcher(
  { api }: Target,
  service: string | undefined,
  isNamed: boolean,
  signal: AbortSignal,
): Promise<Known | null> {
  if (!api) return null;
  try {
    const [status, members] = await Promise.all([api.status(signal), api.members(signal)]);
    const wanted = service ?? status.services[0] ?? '';
    if (!status.services.includes(wanted)) throw serviceUnknown(wanted, status.services, api.url);
    const { balancer, balance, stickyCookie } = status;
    const weights = weightsInService(members.filter((member) => member.service === wanted));
    return { balancer: balancer.name, workers: Math.max(1, balancer.workers), balance, stickyCookie, weights };
  } catch (thrown) {
    if (isNamed || !(thrown instanceof MusterError) || thrown.code !== 'watcher-unreachable') throw thrown;
    return null;
  }
}

/** What each should get requests by, the balancer's own weight where it is told: only servers that are ready and not down. */
export function weightsInService(members: readonly ApiMember[]): ReadonlyMap<string, number> {
  const serving = members.filter(({ server }) => server?.admin === 'ready' && server.health !== 'down');
  return new Map(serving.map(({ id, weight, server }) => [id, server?.weight ?? weight]));
}

function serviceUnknown(wanted: string, services: readonly string[], url: string): MusterError {
  const message = `the watcher on ${url} has no service ${wanted}: it has ${services.join(', ')} (--service)`;
  return new MusterError('service-unknown', message);
}
