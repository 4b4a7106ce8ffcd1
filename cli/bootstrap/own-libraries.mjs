import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { unpackPackages } from './debian-package.mjs';
import { findBinary } from './find-binary.mjs';
import { BootstrapError, CACHE, mustRun } from './run.mjs';

/** @type {Readonly<Record<string, string>>} */
const LOADERS = { x64: 'ld-linux-x86-64.so.2', arm64: 'ld-linux-aarch64.so.1' };
/** @type {Readonly<Record<string, string>>} */
const MULTIARCH_FOLDERS = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * Makes a binary of another Debian use the C library unpacked beside it, not this machine's.
 * @param {{ binary: string, folder: string, home: string }} options `binary` in `folder`, where it was unpacked; `home`
 *   is where that folder will be
 */
export async function useOwnLibraries({ binary, folder, home }) {
  const patchelf = await ensurePatchelf();
  const loader = LOADERS[process.arch];
  if (!loader) throw new BootstrapError(`the name of the loader is not known for ${process.arch}`);
  const multiarch = await multiarchFolder();
  // Until Debian 12 the C library's own package fills /lib, the others /usr/lib.
  const places = ['usr/lib', 'lib'].map((place) => path.join(place, multiarch));
  const interpreter = places
    .map((place) => path.join(place, loader))
    .find((file) => existsSync(path.join(folder, file)));
  if (!interpreter) throw new BootstrapError(`the packages of ${binary} hold no ${loader}`);
  const search = places.map((place) => path.join(home, place)).join(':');
  const args = ['--set-interpreter', path.join(home, interpreter), '--force-rpath', '--set-rpath', search];
  const file = path.join(folder, binary);
  await mustRun(`pointing ${path.basename(binary)} at its libraries`, patchelf, [...args, file]);
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
