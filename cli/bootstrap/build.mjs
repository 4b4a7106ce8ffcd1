import { existsSync } from 'node:fs';
import path from 'node:path';
import { mustRun, ROOT, say } from './run.mjs';

const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc');

/** Compiles all workspaces; takes no time when nothing changed. What the compiler says is in the error. */
export async function build() {
  if (!existsSync(path.join(ROOT, 'cli/dist/main.js'))) say('building…');
  await mustRun('building', process.execPath, [TSC, '--build']);
}
