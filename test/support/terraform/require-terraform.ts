import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '../../../cli/bootstrap/find-binary.mjs';
import { ROOT } from './copy.js';
import { mockAwsEnvironment } from './environment.js';
import { locateProvider, type Surroundings } from './locate.js';
import { platformName } from './mirror.js';
import { Terraform } from './terraform.js';

const PREFIXES = ['/opt', '/usr/local', '/usr/share', '/srv', '/var/lib'];
/** A provider that comes from the registry is kept here, so that it is downloaded once. */
const DOWNLOADS = join(ROOT, '.cache/terraform-plugins');
const DOWNLOAD_DEADLINE_MS = 300_000;
const PROBE = `terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}
`;

/** Terraform, and the provider that it chose; null where only Terraform knows it. */
export interface FoundTerraform {
  readonly terraform: Terraform;
  readonly provider: string | null;
}

let tried: Promise<FoundTerraform> | undefined;

/**
 * For `before` hooks, with mocha's `this`: Terraform with the AWS provider within its reach. Without them the suite is
 * skipped with a line that cannot be missed; under REQUIRE_TERRAFORM=1 it fails, because a skipped suite proves nothing.
 */
export async function requireTerraform(
  context: { skip(): void; timeout?(ms: number): unknown },
  find: () => Promise<FoundTerraform> = findOnce,
  env: Surroundings['env'] = process.env,
): Promise<FoundTerraform> {
  context.timeout?.(DOWNLOAD_DEADLINE_MS + 60_000);
  try {
    return await find();
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    if (env.REQUIRE_TERRAFORM === '1') throw failure;
    console.error(`\n  !!! SKIPPED: the infrastructure cannot be tested: ${reason}\n`);
    context.skip();
    // mocha's skip throws; this line tells the compiler so.
    throw failure;
  }
}

function findOnce(): Promise<FoundTerraform> {
  tried ??= findTerraform({
    env: process.env,
    home: homedir(),
    folder: process.cwd(),
    prefixes: [join(ROOT, '.cache'), ...PREFIXES],
    platform: platformName(),
  });
  return tried;
}

/** @throws with what is missing, and how it can be had */
export async function findTerraform(around: Surroundings): Promise<FoundTerraform> {
  const bin = findBinary('terraform', around.env.TERRAFORM_BIN);
  if (bin === undefined) throw new Error('terraform was not found: install 1.10 or later, or set TERRAFORM_BIN');
  const way = locateProvider(around);
  const env = { ...mockAwsEnvironment(around.env), ...way.env, ...(way.isRegistry ? downloadOnce() : {}) };
  const terraform = new Terraform({ bin, env, initArguments: way.initArguments });
  return { terraform, provider: await probe(terraform, way.found) };
}

function downloadOnce(): Record<string, string> {
  mkdirSync(DOWNLOADS, { recursive: true });
  // Without a lock file Terraform would not use what it has downloaded before.
  return { TF_PLUGIN_CACHE_DIR: DOWNLOADS, TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: '1' };
}

/** Only an init tells whether the provider can be had: a configuration may name a mirror without it, a registry be far. */
async function probe(terraform: Terraform, found: string): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-provider-'));
  try {
    writeFileSync(join(folder, 'main.tf'), PROBE);
    await terraform.init(folder, DOWNLOAD_DEADLINE_MS);
    return providerIn(join(folder, '.terraform/providers'));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const how = 'set TF_PLUGIN_DIR to a mirror that holds hashicorp/aws, or give the machine a network';
    throw new Error(`no AWS provider from ${found}: ${how}. ${said}`, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program itself, at the end of all links: the folder that was asked for goes. A development build is not there. */
function providerIn(folder: string): string | null {
  if (!existsSync(folder)) return null;
  for (const name of readdirSync(folder)) {
    const path = realpathSync(join(folder, name));
    if (name.startsWith('terraform-provider-aws')) return path;
    const found = statSync(path).isDirectory() ? providerIn(path) : null;
    if (found !== null) return found;
  }
  return null;
}
