// `npm run infra:tables`: writes the tables of variables and outputs into the README of every module and environment.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { moduleFolders, ROOT } from '../support/terraform/copy.js';
import { emptyReadme, putTables, renderTables } from '../support/terraform/module-tables.js';

const FOLDERS = ['production', 'staging', ...moduleFolders().filter((name) => name.startsWith('modules/'))];

for (const name of FOLDERS) {
  const folder = join(ROOT, 'infra', name);
  const file = join(folder, 'README.md');
  const readme = existsSync(file) ? readFileSync(file, 'utf8') : emptyReadme(basename(name));
  const written = putTables(readme, renderTables(folder), `infra/${name}/README.md`);
  if (written === readme && existsSync(file)) continue;
  writeFileSync(file, written);
  process.stdout.write(`infra/${name}/README.md\n`);
}
