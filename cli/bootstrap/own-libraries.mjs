import { readFileSync } from 'node:fs';
import path from 'node:path';
import { unpackPackages } from './debian-package.mjs';
import { findBinary } from './find-binary.mjs';
import { BootstrapError, CACHE, mustRun } from './run.mjs';

/** @type {Readonly<Record<string, string>>} */
const LOADERS = { x64: 'ld-linux-x86-64.so.2', arm64: 'ld-linux-aarch64.so.1' };
/** @type {Readonly<Record<string, string>>} */
const MULTIARCH_FOLDERS = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * Makes a binary of a newer Debian use the C library unpacked beside it, not this machine's older one.
 * @param {string} binary where it is now
 * @param {string} home where its folder will be
 */
export async function useOwnLibraries(binary, home) {
  const patchelf = await ensurePatchelf();
  const libraries = path.join(home, 'usr/lib', await multiarchFolder());
  const loader = LOADERS[process.arch];
  if (!loader) throw new BootstrapError(`the name of the loader is not known for ${process.arch}`);
  const args = ['--set-interpreter', path.join(libraries, loader), '--force-rpath', '--set-rpath', libraries, binary];
  await mustRun('pointing haproxy at its libraries', patchelf, args);
}

async function multiarchFolder() {
  const architecture = await mustRun('asking for the architecture', 'dpkg', ['--print-architecture']);
  return MULTIARCH_FOLDERS[architecture] ?? architecture;
}

/** A build tool of this machine's own suite; unpacked, not installed. */
async function ensurePatchelf() {
  const installed = findBinary('patchelf', undefined);
  if (installed) return installed;
  const folder = path.join(CACHE, 'patchelf');
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  await unpackPackages({ suite, packages: ['patchelf'], folder });
  return path.join(folder, 'usr/bin/patchelf');
}
