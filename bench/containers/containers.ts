import { buildImages } from '../../test/support/docker/build.js';
import { ComposeCluster } from '../../test/support/docker/compose-cluster.js';
import { docker } from '../../test/support/docker/docker.js';
import { requireEngine } from '../../test/support/docker/engine.js';
import { removeProject } from '../../test/support/docker/leftovers.js';
import { Project, ROOT } from '../../test/support/docker/project.js';
import { freePorts } from '../../test/support/ports.js';
import type { Teardown } from '../teardown.js';

/** Always the same, so that what a killed bench has left is removed by the next one. */
const PROJECT = 'muster-bench';

export interface ContainerOptions {
  /** Served when the start is over. */
  readonly webapps: number;
  /** A Compose file that is joined to the product's. */
  readonly additions: string;
  /** What a user exports before `docker compose up`. */
  readonly env: Readonly<Record<string, string>>;
}

/** The product's Compose project, up. */
export async function startContainers(options: ContainerOptions, teardown: Teardown): Promise<ComposeCluster> {
  const { webapps, additions, env } = options;
  const project = await buildProject({ COMPOSE_FILE: `${ROOT}docker-compose.yml:${additions}`, ...env }, teardown);
  // Before the start, so that one that was stopped in the middle is removed too; the taking down waits for its end.
  await teardown.start(
    async () => project,
    (one) => removeProject(one),
  );
  const launch = async (): Promise<ComposeCluster> => {
    await removeProject(project);
    return ComposeCluster.launch(project, webapps);
  };
  return teardown.start(launch, () => undefined);
}

/** On free ports, its images built; nothing of it runs. */
export async function buildProject(env: Readonly<Record<string, string>>, teardown: Teardown): Promise<Project> {
  await requireEngine({
    skip() {
      throw new Error('not without containers');
    },
  });
  const [open = 0, stats = 0, api = 0, consul = 0] = await freePorts(4);
  const project = new Project(PROJECT, { public: open, stats, api, consul }, env);
  await teardown.start(
    () => buildImages(project),
    // The names only; the next bench finds the layers in the build cache.
    () => docker(['image', 'rm', '--force', ...Object.values(project.images)]).then(() => undefined),
  );
  return project;
}
