import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errorMessage, MusterError } from '@muster/membership';

/** What this NGINX can do, by its version (https://nginx.org/en/CHANGES). */
export interface Capabilities {
  /** Such as `1.30.6`. */
  readonly version: string;
  /**
   * `keepalive_min_timeout` (1.27.4): a leaving worker keeps idle client connections for a while instead of resetting
   * them, so that a reload loses no request (12 reloads under keep-alive load: 14–141 resets without, 0 with).
   */
  readonly keepaliveMinTimeout: boolean;
  /** `sticky cookie`, and `drain` for a server that only keeps its sticky clients (1.29.6). */
  readonly sticky: boolean;
  /** `server … resolve` (1.27.3). Not used: names are asked for again after a second at the soonest, a reload takes milliseconds. */
  readonly resolve: boolean;
  /** `set_real_ip_from`: who the client of a proxy is (https://nginx.org/en/docs/http/ngx_http_realip_module.html). */
  readonly realip: boolean;
}

/** `-e` for the log of the program itself is known since 1.19.5, and every stable branch from 1.20 on. */
const OLDEST = 1_020_000;

/** Asks the binary for its version. Throws `nginx-missing`, `nginx-too-old` below 1.20, or `nginx-unfit` without stub_status. */
export async function probeCapabilities(binary: string): Promise<Capabilities> {
  const output = await buildOf(binary);
  const [, version = '', ...parts] = /nginx\/((\d+)\.(\d+)\.(\d+))/.exec(output) ?? [];
  const [major = 0, minor = 0, patch = 0] = parts.map(Number);
  const release = major * 1_000_000 + minor * 1_000 + patch;
  if (release < OLDEST)
    throw new MusterError(
      'nginx-too-old',
      `${binary} is NGINX ${version || 'of an unknown version'}: Muster needs 1.20 or later`,
    );
  if (!output.includes('--with-http_stub_status_module'))
    throw new MusterError(
      'nginx-unfit',
      `${binary} is built without stub_status, which tells what is in flight: use the packages of Debian or nginx.org`,
    );
  return {
    version,
    keepaliveMinTimeout: release >= 1_027_004,
    sticky: release >= 1_029_006,
    resolve: release >= 1_027_003,
    realip: output.includes('--with-http_realip_module'),
  };
}

async function buildOf(binary: string): Promise<string> {
  try {
    return (await promisify(execFile)(binary, ['-V'])).stderr;
  } catch (cause) {
    throw new MusterError(
      'nginx-missing',
      `running "${binary} -V" failed (${errorMessage(cause)}): install NGINX 1.20 or later, or set NGINX_BIN`,
      { cause },
    );
  }
}
