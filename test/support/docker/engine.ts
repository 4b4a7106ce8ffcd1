import { strict as assert } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { docker } from './docker.js';
import { ENV_FILES, ROOT } from './project.js';

/** A new machine builds them beside everything else that it has to make first. */
const IMAGES_DEADLINE_MS = 500_000;

/**
 * For `before` hooks, with mocha's `this`: a suite that needs the engine is skipped with a line that cannot be missed
 * when it cannot run here; under `CI=true` it fails, because a skipped suite proves nothing.
 */
export async function requireEngine(context: { skip(): void; timeout?(ms: number): unknown }): Promise<void> {
  context.timeout?.(IMAGES_DEADLINE_MS + 60_000);
  await imagesBuilt();
  const reason = await whyNot();
  if (reason === null) return;
  if (process.env.CI === 'true') throw new Error(reason);
  console.error(`\n  !!! SKIPPED: ${reason}\n`);
  context.skip();
}

/** `.ci/run` builds the stand-ins beside the first suites, and removes this file at the end. */
async function imagesBuilt(): Promise<void> {
  const busy = process.env.IMAGES_BUSY;
  if (busy)
    await eventually(() => assert.ok(!existsSync(busy), 'images are still being built'), IMAGES_DEADLINE_MS, 200);
}

/** What is missing for the container suites; null = nothing. */
async function whyNot(): Promise<string | null> {
  // They look into the namespaces of containers: HAProxy's socket, pids, packets.
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'container suites need Linux, and root';
  if (!(await works(['version', '--format', '{{.Server.Version}}']))) return 'no Docker engine answers';
  if (!(await works(['compose', 'version']))) return 'the docker CLI has no compose plugin';
  for (const image of standIns()) {
    if (!(await works(['image', 'inspect', image]))) return `${image} is missing: run test/images/build.sh`;
  }
  return null;
}

async function works(args: readonly string[]): Promise<boolean> {
  return docker(args, { deadlineMs: 20_000 }).then(
    () => true,
    () => false,
  );
}

/** Local images that the environment files name; the official ones are pulled when they are needed. */
function standIns(): string[] {
  const text = ENV_FILES.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
  return [...text.matchAll(/^\w+_IMAGE=(muster-ci\/\S+)/gm)].map(([, image = '']) => image);
}
