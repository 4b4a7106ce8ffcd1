import { execFileSync } from 'node:child_process';
import { type Project, runOf } from './project.js';

const BUILD_DEADLINE_MS = 600_000;
const built = new Map<string, Promise<string>>();

/** Builds the images of a project, once in a run for each balancer: every suite tests the same ones. */
export async function buildImages(project: Project): Promise<void> {
  const running = built.get(project.images.ha) ?? build(project);
  built.set(project.images.ha, running);
  await running;
}

function build(project: Project): Promise<string> {
  // The names only; the next run finds the layers in the build cache.
  if (runOf(project.name) === process.pid) process.once('exit', () => removeImages(Object.values(project.images)));
  return project.compose(['build'], { deadlineMs: BUILD_DEADLINE_MS });
}

function removeImages(images: readonly string[]): void {
  try {
    execFileSync('docker', ['image', 'rm', '--force', ...images], { stdio: 'ignore', timeout: 20_000 });
  } catch {
    // The next run removes what this one could not.
  }
}
