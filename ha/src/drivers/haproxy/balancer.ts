import { join } from 'node:path';
import type { HaConfig } from '../../config.js';
import type { Balancer } from '../balancer.js';
import { configFile } from '../config-file.js';
import { type Capabilities, probeCapabilities } from './capabilities.js';
import { haproxyCheck } from './check.js';
import { haproxyDialect } from './dialect.js';
import { haproxyDriver } from './driver.js';
import { masterSocket } from './master-socket.js';
import { runtimeClient } from './runtime-client.js';

/** HAProxy with its files in `RUN_DIR`: `haproxy.cfg`, `haproxy.sock`, `master.sock`. */
export async function openHaproxy(config: HaConfig, stickyKey: string): Promise<Balancer> {
  const { haproxyBin, runDir, binds, statsBind } = config;
  const capabilities = await probeCapabilities(haproxyBin);
  const runtimeSocket = join(runDir, 'haproxy.sock');
  const file = configFile(join(runDir, 'haproxy.cfg'), haproxyCheck(haproxyBin));
  return {
    dialect: haproxyDialect({ runtimeSocket, binds, statsBind, stickyKey, capabilities }),
    file,
    socket: runtimeSocket,
    report: reportOf(haproxyBin, capabilities),
    warnings: [],
    openDriver: ({ logger }) =>
      haproxyDriver({
        capabilities,
        file,
        runtime: runtimeClient({ path: runtimeSocket, logger }),
        master: masterSocket(join(runDir, 'master.sock'), logger),
        logger,
      }),
  };
}

function reportOf(binary: string, { version, cookieOnAdd, synchronousReload, lua }: Capabilities): string[] {
  return [
    `HAProxy ${version} (${binary})`,
    'membership: over the runtime socket, without a reload',
    `structure: by a reload, ${synchronousReload ? 'which says itself whether it worked' : 'proved by a new worker'}`,
    `sticky cookie on a server added at run time: ${cookieOnAdd ? 'by itself' : 'after `enable dynamic-cookie`'}`,
    `a request that finds nobody waits up to 3 s: ${lua.length > 0 ? 'yes' : 'no (needs 3.0 with Lua)'}`,
  ];
}
