import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InfraCopy, moduleFolders } from './copy.js';

describe('the copy of the infrastructure', () => {
  let from = '';
  let copy: InfraCopy;

  before(() => {
    from = mkdtempSync(join(tmpdir(), 'muster-copy-'));
    put('docker-compose.yml', 'services: {}\n');
    put('infra/modules/b/main.tf', 'port = 80\nport_of_other = 80\n');
    put('infra/modules/a/main.tf', '');
    put('infra/modules/notes/README.md', '');
    put('infra/production/main.tf', '');
    put('infra/production/terraform.tfstate', 'state');
    put('infra/production/terraform.tfstate.backup', 'state');
    put('infra/production/.terraform.lock.hcl', 'lock');
    put('infra/production/.terraform/providers/x', 'binary');
    copy = new InfraCopy(from);
  });

  after(() => {
    copy.remove();
    rmSync(from, { recursive: true });
  });

  it('has the modules and what they read', () => {
    assert.deepEqual(moduleFolders(copy.infra), ['modules/a', 'modules/b']);
    assert.equal(readFileSync(join(copy.root, 'docker-compose.yml'), 'utf8'), 'services: {}\n');
  });

  it("has no state, lock or plugin of the user's own runs", () => {
    for (const name of ['terraform.tfstate', 'terraform.tfstate.backup', '.terraform.lock.hcl', '.terraform'])
      assert.equal(existsSync(join(copy.folder('production'), name)), false, name);
  });

  it('leaves the checkout as it is when it is changed', () => {
    copy.mutate('modules/b/main.tf', 'port = 80', 'port = 81');
    assert.equal(readFileSync(join(copy.infra, 'modules/b/main.tf'), 'utf8'), 'port = 81\nport_of_other = 80\n');
    assert.equal(readFileSync(join(from, 'infra/modules/b/main.tf'), 'utf8'), 'port = 80\nport_of_other = 80\n');
  });

  it('refuses a change that is nowhere, in two places, or none', () => {
    assert.throws(() => copy.mutate('modules/b/main.tf', 'prot', 'x'), /is there 0 times/);
    assert.throws(() => copy.mutate('modules/b/main.tf', 'port', 'x'), /is there 2 times/);
    assert.throws(() => copy.mutate('modules/b/main.tf', 'port_of_other', 'port_of_other'), /changed nothing/);
  });

  it('can be copied with its plugins', () => {
    writeFileSync(join(copy.folder('production'), '.terraform.lock.hcl'), 'own lock');
    const branch = copy.branch();
    assert.equal(readFileSync(join(branch.folder('production'), '.terraform.lock.hcl'), 'utf8'), 'own lock');
    branch.remove();
  });

  it('is gone after its removal', () => {
    const other = new InfraCopy(from);
    other.remove();
    assert.equal(existsSync(other.root), false);
  });

  function put(file: string, text: string): void {
    mkdirSync(dirname(join(from, file)), { recursive: true });
    writeFileSync(join(from, file), text);
  }
});
