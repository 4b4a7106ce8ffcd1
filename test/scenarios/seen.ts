import { readFileSync } from 'node:fs';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { folderOf } from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { ROOT } from '../support/docker/project.js';
import type { InspectedContainer } from './inspect-text.js';

/** A container of the cluster as the recordings call it: `webapp-3`, `ha`. */
export interface SeenContainer {
  readonly id: string;
  readonly name: string;
  readonly raw: InspectedContainer;
}

/** What differs from run to run and must not be in a recording. */
export interface Seen {
  readonly containers: readonly SeenContainer[];
  readonly project: string;
  readonly root: string;
  /** Port of this host → port that a user has. */
  readonly ports: ReadonlyMap<number, number>;
  /** Value → what it is. */
  readonly secrets: ReadonlyMap<string, string>;
}

const DEFAULT_PORTS = { public: 80, stats: 1936, api: 7380, consul: 8500 } as const;

/** Looks at every container of the cluster, running or not. */
export async function look(cluster: ComposeCluster): Promise<Seen> {
  const { name: project, ports } = cluster.project;
  const ids = (
    await docker(['ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${project}`])
  ).split('\n');
  const inspected = JSON.parse(await docker(['inspect', ...ids])) as InspectedContainer[];
  const containers = inspected.map((raw) => ({ id: raw.Id, name: nameOf(raw), raw }));
  return {
    containers: containers.sort((a, b) => byName(a.name, b.name)),
    project,
    root: ROOT,
    ports: new Map([
      [ports.public, DEFAULT_PORTS.public],
      [ports.stats, DEFAULT_PORTS.stats],
      [ports.api, DEFAULT_PORTS.api],
      [ports.consul, DEFAULT_PORTS.consul],
    ]),
    secrets: secretsOf(cluster, inspected),
  };
}

/** `webapp-2` comes before `webapp-10`. */
export function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Of a service with one container the number says nothing. */
function nameOf({ Config: { Labels } }: InspectedContainer): string {
  const service = Labels['com.docker.compose.service'] ?? '';
  return service === 'webapp' ? `${service}-${Labels['com.docker.compose.container-number']}` : service;
}

function secretsOf(cluster: ComposeCluster, inspected: readonly InspectedContainer[]): Map<string, string> {
  const pidOf = (service: string) =>
    inspected.find(({ Config, State }) => Config.Labels['com.docker.compose.service'] === service && State.Running)
      ?.State.Pid;
  const state = (service: string, file: string): string | null => {
    const pid = pidOf(service);
    return pid === undefined ? null : `${folderOf(pid, '/var/lib/muster')}/${file}`;
  };
  const files = {
    token: `${cluster.runDir}/token`,
    'sticky-key': state('ha', 'sticky-key'),
    'session-secret': state('webapp', 'session-secret'),
  };
  const found = new Map<string, string>();
  for (const [name, file] of Object.entries(files)) {
    if (file !== null) found.set(readFileSync(file, 'utf8').trim(), name);
  }
  return found;
}
