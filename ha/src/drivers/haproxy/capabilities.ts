import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { errorMessage, MusterError } from '@muster/membership';

/** What this HAProxy can do, by its version. */
export interface Capabilities {
  /** Such as `3.2.26`. */
  readonly version: string;
  /**
   * Appended to every server line. Before 3.0 a server that was added at run time never reuses its connections unless
   * its pool is set explicitly, `pool-max-conn` too (haproxy commit 8a31783b6; 0.40 of the requests per second without,
   * 0.97 with).
   */
  readonly serverKeywords: string;
  /**
   * Whether a server that is added at run time gets its dynamic cookie. Before 3.0 the backend's cookies must be enabled
   * again for that (measured: the cookie was deleted instead).
   */
  readonly cookieOnAdd: boolean;
  /** Whether `reload` on the master socket answers `Success=0|1` (since 2.7, commit ec1f8a62c). */
  readonly synchronousReload: boolean;
  /**
   * Lines of the global section that load our script (`lua/await-server.lua`); none where HAProxy is built without Lua, nor
   * before 3.0, whose Lua does not know servers that were added at run time (measured on 2.6). Since 3.1 it wants to be
   * told first what a boolean is.
   */
  readonly lua: readonly string[];
}

const SCRIPT = fileURLToPath(new URL('../../../lua/await-server.lua', import.meta.url));

/** Asks the binary for its version. Throws `haproxy-missing`, or `haproxy-too-old` below 2.6 (`add server` is stable since). */
export async function probeCapabilities(binary: string): Promise<Capabilities> {
  let output: string;
  try {
    output = (await promisify(execFile)(binary, ['-vv'])).stdout;
  } catch (cause) {
    throw new MusterError(
      'haproxy-missing',
      `running "${binary} -vv" failed (${errorMessage(cause)}): install HAProxy 2.6 or later, or set HAPROXY_BIN`,
      { cause },
    );
  }
  const [, version = '', major = '0', minor = '0'] = /version ((\d+)\.(\d+)[\w.]*)/i.exec(output) ?? [];
  const release = Number(major) * 100 + Number(minor);
  if (release < 206) {
    throw new MusterError(
      'haproxy-too-old',
      `${binary} is HAProxy ${version || 'of an unknown version'}: Muster needs 2.6 or later (runtime \`add server\`)`,
    );
  }
  return {
    version,
    serverKeywords: release < 300 ? ' pool-purge-delay 5s' : '',
    cookieOnAdd: release >= 300,
    synchronousReload: release >= 207,
    lua: /\+LUA\b/.test(output) && release >= 300 ? luaLines(release) : [],
  };
}

function luaLines(release: number): string[] {
  // Strong quotes keep everything but themselves from the parser (configuration manual 2.2).
  const load = `lua-load-per-thread '${SCRIPT.replaceAll("'", "'\\''")}'`;
  return release >= 301 ? ['tune.lua.bool-sample-conversion normal', load] : [load];
}
