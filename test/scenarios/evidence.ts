import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { eventsText, membersText, type Plain, serversText } from './cluster-text.js';
import { sortServers } from './config-text.js';
import { type FollowedLog, logsOf, logText } from './container-logs.js';
import { dockerPs } from './docker-ps.js';
import { inspectText } from './inspect-text.js';
import type { SeenContainer } from './seen.js';

/** File name → content. */
export type Evidence = Readonly<Record<string, string>>;

const SERVICES = ['ha', 'consul', 'webapp'] as const;

/** What may change within a step, as it is now: members, running servers, config; last what takes a while, containers. */
export async function stateNow(cluster: ComposeCluster, plain: Plain, suffix = ''): Promise<Evidence> {
  return {
    [`members${suffix}.txt`]: membersText(await cluster.api.members(), plain),
    [`servers${suffix}.txt`]: serversText(await cluster.runningServers(), plain),
    [`haproxy${suffix}.cfg`]: sortServers(plain(cluster.config())),
    [`docker-ps${suffix}.txt`]: await dockerPs(cluster.project.name, plain),
  };
}

export interface Span {
  readonly since: Date;
  readonly containers: readonly SeenContainer[];
  /** Logs of containers that may be gone by now. */
  readonly followed: readonly FollowedLog[];
}

/** What happened since then, as events and logs tell it, and what the containers are made of. */
export async function whatHappened(cluster: ComposeCluster, span: Span, plain: Plain): Promise<Evidence> {
  const { since, containers } = span;
  const events = (await cluster.api.events()).filter(({ at }) => Date.parse(at) >= since.getTime());
  const logs = SERVICES.map(async (service) => [`log-${service}.txt`, await serviceLog(service, span, plain)] as const);
  return {
    'inspect.txt': plain(containers.map(({ name, raw }) => inspectText(name, raw)).join('\n')),
    'events.txt': eventsText(events, plain),
    ...Object.fromEntries(await Promise.all(logs)),
  };
}

async function serviceLog(service: string, { since, containers, followed }: Span, plain: Plain): Promise<string> {
  const isOwn = ({ name }: { readonly name: string }) => name.replace(/-\d+$/, '') === service;
  const here = containers.filter(isOwn);
  const gone = followed.filter((one) => isOwn(one) && !here.some(({ id }) => id === one.id));
  const texts = await Promise.all(here.map(async (one) => [one.name, await logsOf(one, since)] as const));
  return logText([...texts, ...gone.map(({ name, text }) => [name, text()] as const)], plain);
}
