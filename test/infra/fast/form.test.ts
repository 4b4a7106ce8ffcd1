import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBlocks, readIfThere, textOf } from '../../support/terraform/blocks.js';
import { moduleFolders, ROOT } from '../../support/terraform/copy.js';
import { putTables, renderTables } from '../../support/terraform/module-tables.js';
import { RULES } from './rules.js';

const INFRA = join(ROOT, 'infra');
const ROOTS = ['production', 'staging'];
const FOLDERS = [...ROOTS, ...moduleFolders(INFRA)];
/** What reaches an inner module has been judged by the one that uses it. */
const JUDGED_OUTSIDE = 'every variable that can be wrong is validated';

describe('the files of the infrastructure', () => {
  for (const [name, rule] of Object.entries(RULES)) {
    it(`keep the rule that ${name}`, () => {
      const judged = FOLDERS.filter((folder) => !isInner(folder) || name !== JUDGED_OUTSIDE);
      const broken = judged.map((folder) => [folder, rule(read(folder))] as const);
      assert.deepEqual(Object.fromEntries(broken.filter(([, faults]) => faults.length > 0)), {});
    });
  }

  it('ask for the same versions of Terraform and the provider in all modules', () => {
    const versions = moduleFolders(INFRA)
      .filter((folder) => !isInner(folder))
      .map((folder) => textIn(folder, 'versions.tf'));
    assert.equal(new Set(versions).size, 1, 'versions.tf differs between modules');
    for (const text of [...versions, ...ROOTS.map((root) => textIn(root, 'versions.tf'))]) {
      assert.match(text, /required_version = ">= 1\.\d+"/);
      assert.match(text, /source {2}= "hashicorp\/aws"\n {6}version = "~> 5\.\d+"/);
    }
  });

  it('are the same in both environments but for the values', () => {
    const [production, staging] = ROOTS.map((root) => readdirSync(join(INFRA, root)).filter(isCode).sort());
    assert.deepEqual(production, staging);
    assert.ok(production && production.length > 2, 'production holds no configuration');
    const different = production.filter((file) => textIn('production', file) !== textIn('staging', file));
    assert.deepEqual(different, []);
    assert.notEqual(textIn('production', 'terraform.tfvars'), textIn('staging', 'terraform.tfvars'));
  });

  it('hold a state or a plan nowhere that git would take', () => {
    const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'infra'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const left = tracked
      .split('\n')
      .filter((file) => /tfstate|\.tfplan|\.terraform\/|\.terraform\.lock\.hcl/.test(file));
    assert.deepEqual(left, []);
  });

  for (const folder of FOLDERS.filter((one) => !isInner(one))) {
    it(`have true tables in the README of ${folder}`, () => {
      const name = `infra/${folder}/README.md`;
      const readme = readIfThere(join(ROOT, name));
      const isTrue = readme === putTables(readme, renderTables(join(INFRA, folder)), name);
      assert.ok(isTrue, `${name} is not what the files say: run \`npm run infra:tables\``);
    });
  }
});

function read(folder: string) {
  return { blocks: readBlocks(join(INFRA, folder)), text: textOf(join(INFRA, folder)) };
}

function textIn(root: string, file: string): string {
  return readFileSync(join(INFRA, root, file), 'utf8');
}

/** Values are what environments differ in. */
function isCode(file: string): boolean {
  return file.endsWith('.tf');
}

/** Modules that only modules use. */
function isInner(folder: string): boolean {
  return folder.startsWith('instance/');
}
