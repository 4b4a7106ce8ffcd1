import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { BootstrapError, run, say } from './run.mjs';

const POLICY = '/usr/sbin/policy-rc.d';

/** Packages are installed unasked only where that is one safe command: as root on Debian, Ubuntu and their kin. */
export function canInstallPackages() {
  return process.getuid?.() === 0 && isDebianLike() && existsSync('/usr/bin/apt-get');
}

/**
 * The command that installs a package on this system; undefined where it is not known.
 * @param {string} name
 * @returns {string | undefined}
 */
export function howToInstall(name) {
  if (isDebianLike()) return `run \`sudo apt-get install --no-install-recommends ${name}\``;
  if (process.platform === 'darwin') return `run \`brew install ${name}\``;
  return undefined;
}

/**
 * Installs a package with apt. The service that it may bring is neither started now nor at the next boot.
 * @param {string} name
 * @throws {BootstrapError} with what apt-get said
 */
export async function installPackage(name) {
  await withoutStartingServices(() => aptInstall(name));
  await disableService(name);
}

function isDebianLike() {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** @param {string} name */
async function aptInstall(name) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const patience = ['-o', 'DPkg::Lock::Timeout=300'];
  // An unreachable third-party source fails the update, yet the package may still be had: the install decides.
  const update = await run('apt-get', [...patience, 'update'], { env });
  const install = ['install', '--yes', '--no-install-recommends', name];
  const { code, output } = await run('apt-get', [...patience, ...install], { env });
  if (code === 0) return;
  const updateOutput = update.code === 0 ? '' : `\napt-get update: ${update.output}`;
  throw new BootstrapError(`installing ${name} failed: apt-get ended with ${code}\n${output}${updateOutput}`);
}

/**
 * Nobody asked for it: at the next boot NGINX's own would take port 80.
 * @param {string} name
 */
async function disableService(name) {
  const { code, output } = await run('update-rc.d', [name, 'disable']);
  if (code !== 0) say(`the service ${name} may start at the next boot: ${output}`);
}

/**
 * A balancer's package would start its own service; Debian's `policy-rc.d` forbids that. One that exists already is its
 * owner's decision and stays.
 * @param {() => Promise<void>} install
 */
async function withoutStartingServices(install) {
  if (existsSync(POLICY)) return install();
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    rmSync(POLICY, { force: true });
  }
}
