import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError, mustRun, ROOT, say } from './run.mjs';

/** Installs the npm dependencies of the lock file unless they are there already. */
export async function installDependencies() {
  checkNodeVersion();
  if (areDependenciesCurrent()) return;
  say('installing npm dependencies…');
  // Development dependencies hold the compiler, so NODE_ENV=production must not leave them out.
  await mustRun('installing npm dependencies', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund']);
}

function checkNodeVersion() {
  const { engines } = readJson(path.join(ROOT, 'package.json'));
  const wanted = engines.node.replace('>=', '');
  if (!isAtLeast(process.versions.node, wanted)) {
    throw new BootstrapError(
      `Node ${wanted} or newer is needed, this is ${process.versions.node} (${process.execPath})`,
    );
  }
}

/**
 * @param {string} version
 * @param {string} wanted
 */
export function isAtLeast(version, wanted) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * npm leaves a copy of the lock file in node_modules, with what it really installed. Comparing the contents is safer
 * than comparing ages: `git checkout` makes an unchanged lock file look new.
 */
function areDependenciesCurrent() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  const known = Object.keys(installed).every((name) => name in wanted);
  return known && Object.entries(wanted).every(([name, entry]) => name === '' || isInstalled(entry, installed[name]));
}

/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, devOptional?: boolean }} Entry
 * @param {Entry} wanted
 * @param {Entry | undefined} installed
 */
function isInstalled(wanted, installed) {
  // Binaries for other platforms are optional, and absent on this one.
  if (!installed) return Boolean(wanted.optional || wanted.devOptional);
  return (
    installed.version === wanted.version && installed.integrity === wanted.integrity && installed.link === wanted.link
  );
}

/**
 * @param {string} file
 * @returns {Record<string, Entry> | undefined}
 */
function readPackages(file) {
  try {
    return readJson(path.join(ROOT, file)).packages;
  } catch {
    return undefined;
  }
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
