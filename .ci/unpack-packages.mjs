// node .ci/unpack-packages.mjs SUITE FOLDER PACKAGE…
import { mkdirSync } from 'node:fs';
import { unpackPackages } from '../cli/bootstrap/debian-package.mjs';
import { report } from '../cli/bootstrap/run.mjs';

const [suite = '', folder = '', ...packages] = process.argv.slice(2);
try {
  mkdirSync(folder, { recursive: true });
  await unpackPackages({ suite, folder, packages });
} catch (failure) {
  process.exitCode = report(failure);
}
