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

/** The product's Compose project, up, with one webapp that is served. */
export interface Containers {
  readonly cluster: ComposeCluster;
  /** Id of the webapp: as container, and as member. */
  readonly standing: string;
}

/** `additions` is a Compose file that is joined to the product's; `env` stands for what a user exports. */
export async function startContainers(
  additions: string,
  env: Readonly<Record<string, string>>,
  teardown: Teardown,
): Promise<Containers> {
  const project = await buildProject({ COMPOSE_FILE: `${ROOT}docker-compose.yml:${additions}`, ...env }, teardown);
  await removeProject(project);
  // Before the start, so that one that was stopped in the middle is removed too; the taking down waits for its end.
  await teardown.start(
    async () => project,
    (one) => removeProject(one),
  );
  const cluster = await teardown.start(
    () => ComposeCluster.launch(project, 1),
    () => undefined,
  );
  return { cluster, standing: await cluster.container('webapp') };
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
