/**
 * A real program the tests run against. `folder` is its home in .cache; `version` is what `-v` has to print.
 * @typedef {{ name: string, folder: string, binary: string, suite: string, packages: readonly string[],
 *   version: RegExp, ownLibc: boolean }} Component
 */

/** HAProxy and what it is linked with, in the names of Debian 13 and later: it brings its own C library. */
const HAPROXY_PACKAGES = [
  'haproxy',
  'libc6',
  'libcrypt1',
  'libgcc-s1',
  'libjemalloc2',
  'liblua5.4-0',
  'libopentracing-c-wrapper0t64',
  'libopentracing1',
  'libpcre2-8-0',
  'libssl3t64',
  'libstdc++6',
  'libzstd1',
  'zlib1g',
];

/** NGINX without any module of its own package, and what it is linked with, in the names of Debian 13 and later. */
const NGINX_PACKAGES = ['nginx', 'libc6', 'libcrypt1', 'libpcre2-8-0', 'libssl3t64', 'libzstd1', 'zlib1g'];

/** @type {Component} */
export const CONSUL = {
  name: 'consul',
  folder: 'consul',
  binary: 'usr/bin/consul',
  suite: 'bullseye',
  packages: ['consul'],
  version: /^Consul v1\./,
  ownLibc: false,
};

/**
 * The balancers in .cache, besides the HAProxy of the machine: what Debian 12 and 13 have, and what is current.
 * @type {readonly Component[]}
 */
export const BALANCERS = [
  haproxy('3.0', 'trixie'),
  haproxy('3.2', 'forky'),
  // Unpacked even on Debian 12 itself: the machine gets no second balancer, and the tests the same one everywhere.
  nginx(
    '1.22',
    'bookworm',
    NGINX_PACKAGES.map((name) => (name === 'libssl3t64' ? 'libssl3' : name)),
  ),
  nginx('1.26', 'trixie'),
  nginx('1.30', 'forky'),
];

/**
 * @param {string} version
 * @param {string} suite
 * @returns {Component}
 */
function haproxy(version, suite) {
  return {
    ...balancer('haproxy', version, suite),
    packages: HAPROXY_PACKAGES,
    version: startsWith('version ', version),
  };
}

/**
 * @param {string} version
 * @param {string} suite
 * @param {readonly string[]} [packages]
 * @returns {Component}
 */
function nginx(version, suite, packages = NGINX_PACKAGES) {
  return { ...balancer('nginx', version, suite), packages, version: startsWith('nginx/', version) };
}

/**
 * @param {string} program
 * @param {string} version
 * @param {string} suite
 */
function balancer(program, version, suite) {
  const folder = `${program}-${version}`;
  return { name: `${program} ${version}`, folder, binary: `usr/sbin/${program}`, suite, ownLibc: true };
}

/**
 * @param {string} before
 * @param {string} version
 */
function startsWith(before, version) {
  return new RegExp(`${before}${version.replace('.', '\\.')}\\.`);
}
