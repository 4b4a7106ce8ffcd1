import { readFileSync } from 'node:fs';
import { MusterError } from '@muster/membership';
import type { Command } from 'commander';
import { type ApiClient, createApiClient } from './api-client.js';
import { composeToken } from './compose-token.js';
import { DEFAULT_PORTS } from './default-ports.js';
import { listRunDirs } from './run-dir.js';
import { ownerState } from './up/owner.js';

/** Names by which this machine reaches itself. */
export const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Adds the option that every command of the API has. */
export function withApiOption(command: Command): Command {
  return command.option('--api <url>', `the watcher's API (MUSTER_API; default http://127.0.0.1:${DEFAULT_PORTS.api})`);
}

/** The API that `--api` or MUSTER_API names, without a slash at its end; null when neither does. */
export function namedApi(option: string | undefined, env: NodeJS.ProcessEnv): URL | null {
  const text = option ?? env.MUSTER_API;
  if (!text) return null;
  const href = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (URL.canParse(href)) return new URL(href);
  throw new MusterError(
    'api-url-invalid',
    `cannot use ${text} as the address of a watcher: give it as http://127.0.0.1:${DEFAULT_PORTS.api} (--api, MUSTER_API)`,
  );
}

/** A client for the watcher that the user means, with the token for changes. */
export function connect(option: string | undefined, env: NodeJS.ProcessEnv): ApiClient {
  const url = namedApi(option, env) ?? new URL(`http://127.0.0.1:${DEFAULT_PORTS.api}`);
  return createApiClient({ url: url.href.replace(/\/+$/, ''), token: () => findToken(url, env) });
}

/**
 * MUSTER_TOKEN, the content of MUSTER_TOKEN_FILE, the token of this user's local cluster with that API port, or that of
 * the cluster in containers that publishes its API there.
 */
async function findToken(url: URL, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (env.MUSTER_TOKEN) return env.MUSTER_TOKEN.trim();
  if (env.MUSTER_TOKEN_FILE) return readTokenFile(env.MUSTER_TOKEN_FILE);
  // A local token goes to a local watcher only.
  if (!LOOPBACK_HOSTS.has(url.hostname)) return null;
  const port = Number(url.port || 80);
  return localToken(port, env) ?? composeToken(port, env);
}

/** A folder that a dead cluster left behind says nothing of who has its port now. */
function localToken(port: number, env: NodeJS.ProcessEnv): string | null {
  const cluster = listRunDirs(env).find(({ apiPort, dir }) => apiPort === port && ownerState(dir) !== 'gone');
  try {
    return cluster ? readFileSync(cluster.dir.token, 'utf8').trim() : null;
  } catch {
    return null;
  }
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new MusterError(
      'token-unreadable',
      `cannot read the token file ${file} (MUSTER_TOKEN_FILE): ${(cause as Error).message}`,
      { cause },
    );
  }
}
