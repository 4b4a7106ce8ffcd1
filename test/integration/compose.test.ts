import { strict as assert } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { readHaConfig } from '../../ha/src/config.js';
import { parseSettings } from '../../ha/src/settings.js';
import { readAgentConfig } from '../../membership/src/agent/config.js';
import { namesReadBy, readDotEnv } from '../support/settings.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEXT = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly args?: Readonly<Record<string, string>> };
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const { services } = load(TEXT, { schema: CORE_SCHEMA.withTags(mergeTag) }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
};

/** Read by the processes, but given by the container or by s6, or for another registry or way to run. */
const NOT_PASSED = [
  'MEMBER_ID',
  'REGISTRY',
  'REGISTRY_DIR',
  'NOTIFY_FD',
  'APP_STOP_TIMEOUT_MS',
  // The image says which balancer it has, and has it on its PATH.
  'BALANCER',
  'HAPROXY_BIN',
  'NGINX_BIN',
];

describe('docker-compose.yml', () => {
  it('passes every setting of the agent to the webapp', () => {
    assert.deepEqual(missing('webapp', namesReadBy(readAgentConfig)), []);
  });

  it('passes every setting of the watcher to the balancer', () => {
    const live = namesReadBy((env) => parseSettings(env, '', ''));
    assert.deepEqual(missing('ha', [...namesReadBy(readHaConfig), ...live]), []);
  });

  it('has a line in .env, with the same default, for each variable that it reads', () => {
    const documented = readDotEnv();
    for (const [, name = '', fallback] of TEXT.matchAll(/\$\{([A-Z0-9_]+):-([^${}]*)\}/g))
      assert.equal(documented[name], fallback, name);
  });

  it('has a line in .env, without a default, for each variable whose default is made of another one', () => {
    const made = [...TEXT.matchAll(/\$\{([A-Z0-9_]+):-[^}]*\$\{/g)].map(([, name = '']) => name);
    assert.deepEqual(made, ['HA_IMAGE']);
    for (const name of made) assert.equal(readDotEnv()[name], '', name);
  });

  it('takes base, programs and image of the balancer that BALANCER names', () => {
    const { build, image } = services.ha ?? {};
    assert.match(build?.args?.BALANCER ?? '', /^\$\{BALANCER:-haproxy\}$/);
    assert.match(image ?? '', /\$\{BALANCER:-haproxy\}/, 'one image for both would be the wrong one after a switch');
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    for (const name of ['haproxy', 'nginx']) {
      const base = `${name.toUpperCase()}_IMAGE`;
      assert.equal(build?.args?.[base], `\${${base}:-${readDotEnv()[base]}}`);
      assert.ok(dockerfile.includes(`\nARG ${base}=${readDotEnv()[base]}\n`), base);
      assert.ok(dockerfile.includes(`\nFROM \${${base}} AS with-${name}\n`), base);
      assert.ok(existsSync(join(ROOT, 'ha', `rootfs-${name}`)), name);
    }
  });

  it('names only settings that .env explains', () => {
    const documented = readDotEnv();
    for (const { environment = {} } of Object.values(services))
      for (const name of Object.keys(environment)) assert.ok(name in documented, `.env has no ${name}`);
  });

  it('gives no service more than it needs, and starts each again', () => {
    for (const [name, service] of Object.entries(services)) {
      assert.equal(service.read_only, true, `${name}: read_only`);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      assert.equal(service.restart, 'unless-stopped', name);
      assert.ok(service.logging?.options['max-size'], `${name}: its log may fill the disk`);
    }
  });

  it('publishes only the public port beyond loopback', () => {
    const open = Object.values(services).flatMap(({ ports = [] }) =>
      ports.filter((one) => !one.startsWith('127.0.0.1:')),
    );
    assert.equal(open.length, 1);
    assert.match(open[0] ?? '', /PUBLIC_PORT/);
  });

  it('mounts only folders that exist', () => {
    const folders = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.filter((one) => one.startsWith('./')),
    );
    for (const folder of folders.map((one) => one.split(':')[0] ?? ''))
      assert.ok(existsSync(join(ROOT, folder)), `there is no ${folder}: Docker would make it, for root`);
  });
});

function missing(service: string, names: readonly string[]): string[] {
  const passed = Object.keys(services[service]?.environment ?? {});
  return names.filter((name) => !passed.includes(name) && !NOT_PASSED.includes(name));
}
