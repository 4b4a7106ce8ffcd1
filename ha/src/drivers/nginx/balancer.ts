import { join } from 'node:path';
import { MusterError } from '@muster/membership';
import type { HaConfig } from '../../config.js';
import type { Balancer } from '../balancer.js';
import { configFile } from '../config-file.js';
import { type Capabilities, probeCapabilities } from './capabilities.js';
import { nginxCheck } from './check.js';
import { control } from './control.js';
import { nginxDialect } from './dialect.js';
import { nginxDriver } from './driver.js';
import { createHealthChecks } from './health/health-checks.js';

const LOSSY =
  'a change of the membership may fail a request on an idle keep-alive connection: use NGINX 1.27.4 or later';

/** NGINX with its files in `RUN_DIR`: `nginx.conf`, `nginx.sock`, `nginx.pid`, `temp-*`. */
export async function openNginx(config: HaConfig, stickyKey: string): Promise<Balancer> {
  const { nginxBin, runDir, binds, statsBind, trustedProxies } = config;
  const capabilities = await probeCapabilities(nginxBin);
  if (trustedProxies.length > 0 && !capabilities.realip) throw noRealip(nginxBin);
  const socket = join(runDir, 'nginx.sock');
  const pidFile = join(runDir, 'nginx.pid');
  const file = configFile(join(runDir, 'nginx.conf'), nginxCheck(nginxBin));
  return {
    dialect: nginxDialect({ runDir, controlSocket: socket, pidFile, binds, statsBind, stickyKey, capabilities }),
    file,
    socket,
    report: reportOf(nginxBin, capabilities),
    warnings: capabilities.keepaliveMinTimeout ? [] : [LOSSY],
    openDriver: ({ logger, onHealth }) =>
      nginxDriver({
        version: capabilities.version,
        control: control(socket),
        health: createHealthChecks(onHealth),
        publicPorts: new Set(binds.map((bind) => Number(bind.slice(bind.lastIndexOf(':') + 1)))),
        ...{ file, socketPath: socket, pidFile, logger },
      }),
  };
}

function noRealip(binary: string): MusterError {
  const what = 'which TRUSTED_PROXIES needs: use the packages of Debian or nginx.org, or leave TRUSTED_PROXIES empty';
  return new MusterError('nginx-unfit', `${binary} is built without the realip module, ${what}`);
}

function reportOf(binary: string, { version, keepaliveMinTimeout, sticky, resolve, realip }: Capabilities): string[] {
  return [
    `NGINX ${version} (${binary})`,
    'membership and structure: by a reload, proved by new workers',
    `reload under keep-alive clients: ${keepaliveMinTimeout ? 'lossless (keepalive_min_timeout)' : 'may reset idle connections (lossless since 1.27.4)'}`,
    `sticky cookie and drain of sticky clients: ${sticky ? 'yes' : 'no (since 1.29.6)'}`,
    `servers by name, \`resolve\`: ${resolve ? 'there' : 'no (since 1.27.3)'}, not used: a reload is quicker than a name`,
    `clients behind TRUSTED_PROXIES: ${realip ? 'yes' : 'no (built without the realip module)'}`,
    'health checks: by the watcher; a request that fails is tried on up to three more servers if it may be sent twice',
  ];
}
