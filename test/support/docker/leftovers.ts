import { readFileSync } from 'node:fs';
import { docker } from './docker.js';
import { guardNetworks } from './guard-routes.js';
import { Project, runOf } from './project.js';

const LABEL = 'com.docker.compose.project';
const NO_PORTS = { public: 0, stats: 0, api: 0, consul: 0 };

let looked = false;

/** Once in a run: removes what runs that were killed have left: projects and images of those whose process is gone. */
export async function removeLeftovers(): Promise<void> {
  if (looked) return;
  looked = true;
  for (const name of (await projects()).filter(isLeftover)) {
    console.error(`    removing what the killed run ${name} left`);
    await removeProject(new Project(name, NO_PORTS, {}));
  }
  const images = (await docker(['image', 'ls', '--format', '{{.Repository}}'])).split('\n').filter(isLeftover);
  if (images.length > 0) await docker(['image', 'rm', '--force', ...images]);
}

function isLeftover(name: string): boolean {
  const pid = runOf(name);
  return pid !== null && pid !== process.pid && !isTestRun(pid);
}

/** `docker compose down` with everything of every profile: containers, networks, volumes. */
export async function removeProject(project: Project): Promise<void> {
  await guardNetworks(project.name);
  await project.compose(['--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '5'], {
    deadlineMs: 90_000,
  });
}

/** Every Compose project of which the engine knows a container, a network or a volume. */
async function projects(): Promise<string[]> {
  const kinds = [
    ['ps', '--all'],
    ['network', 'ls'],
    ['volume', 'ls'],
  ];
  const listed = kinds.map((kind) =>
    docker([...kind, '--filter', `label=${LABEL}`, '--format', `{{.Label "${LABEL}"}}`]),
  );
  return [...new Set((await Promise.all(listed)).flatMap((text) => text.split('\n')))];
}

function isTestRun(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('mocha');
  } catch {
    return false;
  }
}
