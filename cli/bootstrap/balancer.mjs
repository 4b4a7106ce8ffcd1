import { isAtLeast } from './dependencies.mjs';
import { findBinary } from './find-binary.mjs';
import { canInstallPackages, howToInstall, installPackage } from './install-package.mjs';
import { BootstrapError, mustRun, say } from './run.mjs';

/**
 * A program that can balance. Its package has the name of the program everywhere; `version` finds the number in what
 * `-v` prints; `oldest` is what Muster works with; `setting` names the program.
 * @typedef {{ label: string, oldest: string, version: RegExp, setting: string }} Balancer
 * @typedef {'haproxy' | 'nginx'} BalancerName
 */

/** @type {Readonly<Record<BalancerName, Balancer>>} */
const BALANCERS = {
  haproxy: {
    label: 'HAProxy',
    oldest: '2.6',
    version: /version (\d+\.\d+)/,
    setting: 'HAPROXY_BIN',
  },
  nginx: {
    label: 'NGINX',
    oldest: '1.20',
    version: /nginx\/(\d+\.\d+)/,
    setting: 'NGINX_BIN',
  },
};

/**
 * Finds a balancer, or installs it where that is possible without asking.
 * @param {BalancerName} name
 * @returns {Promise<NodeJS.ProcessEnv>} the setting that names the program
 */
export async function ensureBalancer(name) {
  const { label, oldest, version, setting } = BALANCERS[name];
  const binary = findBinary(name, process.env[setting]) ?? (await install(name));
  const output = await mustRun(`asking ${label} for its version`, binary, ['-v']);
  const found = version.exec(output)?.[1];
  if (!found || !isAtLeast(found, oldest))
    throw new BootstrapError(`${label} ${oldest} or newer is needed, ${binary} is ${found ?? 'another program'}`);
  return { [setting]: binary };
}

/** @param {BalancerName} name */
async function install(name) {
  const { label, oldest, setting } = BALANCERS[name];
  if (!canInstallPackages()) {
    const how = howToInstall(name) ?? `install ${label} ${oldest} or newer with your package manager (package ${name})`;
    throw new BootstrapError(`${label} is missing: ${how}, or set ${setting}, then try again`);
  }
  say(`installing ${name} with apt-get…`);
  await installPackage(name);
  const binary = findBinary(name, undefined);
  if (!binary) throw new BootstrapError(`apt-get installed ${name}, but no ${name} is on the PATH`);
  return binary;
}
