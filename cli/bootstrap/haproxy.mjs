import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAtLeast } from './dependencies.mjs';
import { findBinary } from './find-binary.mjs';
import { BootstrapError, mustRun, run, say } from './run.mjs';

const OLDEST = '2.6';
const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Finds HAProxy, or installs it where that is possible without asking.
 * @returns {Promise<string>} the path of the binary
 */
export async function ensureHaproxy() {
  const binary = findBinary('haproxy', process.env.HAPROXY_BIN) ?? (await installHaproxy());
  const version = await readVersion(binary);
  if (!isAtLeast(version, OLDEST))
    throw new BootstrapError(`HAProxy ${OLDEST} or newer is needed, ${binary} is ${version}`);
  return binary;
}

/** @param {string} binary */
async function readVersion(binary) {
  const output = await mustRun('asking HAProxy for its version', binary, ['-v']);
  return /version (\d+\.\d+)/.exec(output)?.[1] ?? '0.0';
}

async function installHaproxy() {
  if (!canInstallPackages())
    throw new BootstrapError(`HAProxy is missing: ${howToInstall()}, or set HAPROXY_BIN, then try again`);
  say('installing haproxy with apt-get…');
  await withoutStartingServices(() => aptInstall('haproxy'));
  const binary = findBinary('haproxy', undefined);
  if (!binary) throw new BootstrapError('apt-get installed haproxy, but no haproxy is on the PATH');
  return binary;
}

/** Packages are installed unasked only where that is one safe command: as root on Debian, Ubuntu and their kin. */
function canInstallPackages() {
  return process.getuid?.() === 0 && isDebianLike() && existsSync('/usr/bin/apt-get');
}

function howToInstall() {
  if (isDebianLike()) return 'run `sudo apt-get install --no-install-recommends haproxy`';
  if (process.platform === 'darwin') return 'run `brew install haproxy`';
  return `install HAProxy ${OLDEST} or newer with your package manager (the package is called haproxy)`;
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
 * The package would start its own haproxy service; Debian's `policy-rc.d` forbids that. One that exists already is
 * its owner's decision and stays.
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
