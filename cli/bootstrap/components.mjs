import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureBalancer } from './balancer.mjs';
import { BALANCERS, CONSUL } from './component-list.mjs';
import { unpackPackages } from './debian-package.mjs';
import { findBinary } from './find-binary.mjs';
import { useOwnLibraries } from './own-libraries.mjs';
import { BootstrapError, CACHE, Interrupted, run, say } from './run.mjs';

/** @typedef {import('./component-list.mjs').Component} Component */

/**
 * Makes the real programs of the tests available: HAProxy of this machine, and in .cache Consul, newer HAProxies, and
 * NGINXes.
 * @returns {Promise<readonly string[]>} one line for each that is missing, saying why
 */
export async function prepareComponents() {
  const missing = [
    await explainFailure('haproxy', () => ensureBalancer('haproxy')),
    await explainFailure('consul', ensureConsul),
  ];
  for (const component of BALANCERS) missing.push(await explainFailure(component.name, () => ensureCached(component)));
  return missing.filter((line) => line !== undefined);
}

/**
 * @param {string} name
 * @param {() => Promise<unknown>} step
 */
async function explainFailure(name, step) {
  try {
    await step();
  } catch (failure) {
    if (failure instanceof Interrupted || !(failure instanceof BootstrapError)) throw failure;
    return `${name} is missing: ${failure.message}`;
  }
}

async function ensureConsul() {
  if (findBinary('consul', process.env.CONSUL_BIN)) return;
  await ensureCached(CONSUL);
}

/** @param {Component} component */
async function ensureCached(component) {
  const home = path.join(CACHE, component.folder);
  if (await runs(component, path.join(home, component.binary))) return;
  checkDebian(component);
  say(`downloading ${component.name} from Debian ${component.suite} into .cache/${component.folder}…`);
  const fresh = mkdtempSync(path.join(CACHE, 'unpack-'));
  try {
    await unpackPackages({ ...component, folder: fresh });
    if (component.ownLibc) await useOwnLibraries({ ...component, folder: fresh, home });
    rmSync(home, { recursive: true, force: true });
    renameSync(fresh, home);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  await proveItRuns(component, home);
}

/**
 * The path of the C library is fixed inside the binary, so it can run in its final place only: this is why the proof
 * comes after the rename.
 * @param {Component} component
 * @param {string} home
 */
async function proveItRuns(component, home) {
  if (await runs(component, path.join(home, component.binary))) return;
  const { output } = await run(path.join(home, component.binary), ['-v']);
  rmSync(home, { recursive: true, force: true });
  throw new BootstrapError(
    `Debian ${component.suite} has no working ${component.name}, \`-v\` says: ${output.slice(0, 300)}`,
  );
}

/**
 * Asking for the version also notices a .cache that was moved or half deleted.
 * @param {Component} component
 * @param {string} binary
 */
async function runs(component, binary) {
  if (!existsSync(binary)) return false;
  const { code, output } = await run(binary, ['-v']);
  return code === 0 && component.version.test(output);
}

/** @param {Component} component */
function checkDebian({ name }) {
  const isDebian = existsSync('/etc/debian_version') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  if (isDebian && process.getuid?.() === 0) return;
  const override = name === 'consul' ? 'install consul or set CONSUL_BIN' : 'its tests cannot run here';
  throw new BootstrapError(`it is downloaded only as root on Debian; ${override}`);
}
