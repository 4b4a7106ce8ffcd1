import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError, CACHE, mustRun } from './run.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Downloads packages of any Debian suite and unpacks them into `folder`, with apt's own authentication. The machine's
 * package lists, sources and installed packages are neither used nor changed: apt works in a folder of its own.
 * @param {{ suite: string, packages: readonly string[], folder: string }} options
 */
export async function unpackPackages({ suite, packages, folder }) {
  if (!existsSync(KEYRING))
    throw new BootstrapError(`${KEYRING} is missing: packages of Debian ${suite} cannot be verified`);
  const source = `deb [signed-by=${KEYRING}] ${await findMirror()} ${suite} main\n`;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(path.join(CACHE, 'apt-'));
  try {
    const options = layOut(work, source);
    await mustRun(`reading the packages of Debian ${suite}`, 'apt-get', [...options, '--error-on=any', 'update']);
    // Dependencies are not followed (they would bring half a system): the caller lists what is needed.
    await mustRun(`downloading from Debian ${suite}`, 'apt-get', [...options, 'download', ...packages], { cwd: work });
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      await mustRun(`unpacking ${file}`, 'dpkg-deb', ['--extract', path.join(work, file), folder]);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The folders apt needs, and the options that make it use them instead of the machine's. The machine's apt.conf still
 * counts, because a proxy may be set there.
 * @param {string} work
 * @param {string} source
 */
function layOut(work, source) {
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'etc/sources.list.d', 'etc/preferences.d']) {
    mkdirSync(path.join(work, folder), { recursive: true });
  }
  writeFileSync(path.join(work, 'status'), '');
  writeFileSync(path.join(work, 'etc/sources.list'), source);
  const settings = {
    'Dir::Etc': `${work}/etc`,
    'Dir::State': `${work}/state`,
    'Dir::State::status': `${work}/status`,
    'Dir::Cache': `${work}/cache`,
    'APT::Sandbox::User': 'root',
    'APT::Update::Post-Invoke': '',
    'Acquire::Languages': 'none',
    // The Release files of old suites are not renewed any more.
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Retries': '3',
  };
  return ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

/** The mirror this machine already trusts and reaches: where its own Debian packages come from. */
async function findMirror() {
  const format = ['--format', '$(REPO_URI) $(COMPONENT)'];
  const output = await mustRun('asking apt for its mirror', 'apt-get', [
    'indextargets',
    ...format,
    'Created-By: Packages',
  ]);
  const sites = output.split('\n').filter((line) => /\/debian\/? main$/.test(line));
  const site = sites[0]?.split(' ')[0];
  if (!site) throw new BootstrapError('apt has no Debian mirror among its sources');
  return site;
}
