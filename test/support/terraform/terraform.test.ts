import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTerraform, requireTerraform } from './require-terraform.js';
import { Terraform } from './terraform.js';

describe('calls of terraform', () => {
  let folder = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-fake-terraform-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  it('pass the folder, the arguments and nothing of our own environment', async () => {
    process.env.TF_WORKSPACE = 'production';
    const { output } = await terraform('echo "$@"; env').call('/some where', ['plan', '-var=a=$b c']);
    delete process.env.TF_WORKSPACE;
    assert.equal(output.split('\n')[0], '-chdir=/some where plan -var=a=$b c');
    assert.doesNotMatch(output, /TF_WORKSPACE/);
  });

  it('take a code for an answer only where they are told to', async () => {
    const plan = terraform('echo changes; exit 2');
    assert.equal((await plan.call(folder, ['plan'], { codes: [0, 2] })).code, 2);
    await assert.rejects(plan.call(folder, ['plan']), /terraform plan in .* ended with 2:\nchanges/);
  });

  it('are interrupted at their deadline, and say so', async () => {
    const slow = terraform('trap "echo saved; exit 0" INT; while :; do sleep 0.1; done');
    await assert.rejects(slow.call(folder, ['apply'], { deadlineMs: 300 }), /did not end within 300 ms:\n(.*\n)?saved/);
  });

  it('leave no plugin behind when they are killed', async () => {
    const crashed = terraform('sleep 300 & kill -9 $$');
    await assert.rejects(crashed.call(folder, ['apply']), /ended with SIGKILL/);
  });

  function terraform(script: string): Terraform {
    return new Terraform({ bin: fake(script), env: { PATH: process.env.PATH ?? '' }, initArguments: [] });
  }

  function fake(script: string): string {
    const bin = join(folder, 'terraform');
    writeFileSync(bin, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return bin;
  }
});

describe('what tests of the infrastructure need', () => {
  const find = () =>
    findTerraform({
      env: { TERRAFORM_BIN: '/bin/false' },
      home: '/none',
      folder: '/none',
      prefixes: [],
      platform: 'linux_amd64',
    });

  it('is skipped with a reason where the provider is not to be had', async () => {
    const told: unknown[] = [];
    const error = console.error;
    console.error = (line) => told.push(line);
    const skip = () => {
      throw new Error('skipped');
    };
    await assert.rejects(
      requireTerraform({ skip }, find, {}).finally(() => {
        console.error = error;
      }),
      /skipped/,
    );
    assert.match(String(told), /!!! SKIPPED: .*no AWS provider from the public registry: set TF_PLUGIN_DIR/);
  });

  it('fails under REQUIRE_TERRAFORM=1', async () => {
    const skip = () => assert.fail('it was skipped');
    await assert.rejects(requireTerraform({ skip }, find, { REQUIRE_TERRAFORM: '1' }), /no AWS provider/);
  });
});
