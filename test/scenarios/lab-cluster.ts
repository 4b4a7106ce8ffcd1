import { buildImages } from '../support/docker/build.js';
import { ComposeCluster } from '../support/docker/compose-cluster.js';
import { removeProject } from '../support/docker/leftovers.js';
import { Project } from '../support/docker/project.js';
import { freePorts } from '../support/ports.js';
import type { ScenarioOptions } from './scenario.js';

/** A name of its own: no test run takes it for a leftover, and `--keep` may leave it. */
const PROJECT = 'muster-scenarios';

export interface LabCluster {
  readonly cluster: ComposeCluster;
  /** When its first container began to start. */
  readonly since: Date;
}

/** The balancer and the registry of the product's Compose file, and no webapp yet. A kept cluster is taken down first. */
export async function startLabCluster({ signal, say }: ScenarioOptions): Promise<LabCluster> {
  const [open = 0, stats = 0, api = 0, consul = 0] = await freePorts(4);
  const project = new Project(PROJECT, { public: open, stats, api, consul }, {});
  await removeProject(project);
  say('  building the images');
  await buildImages(project);
  signal.throwIfAborted();
  const since = new Date();
  return { cluster: await ComposeCluster.launch(project, 0), since };
}
