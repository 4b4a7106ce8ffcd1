import { askCompose, BALANCER, composeApiPort } from './compose.js';

/** `token` of RUN_DIR in the balancer's container. */
const TOKEN_FILE = '/run/muster/token';

/** For people: how to see the token. */
export const SHOW_TOKEN = `docker compose exec -T ${BALANCER.service} cat ${TOKEN_FILE}`;

/**
 * The token of the cluster in containers whose API is published on this port of this machine; null when there is none.
 * The port is asked for first, so that the token is never sent to another watcher.
 */
export async function composeToken(port: number, env: NodeJS.ProcessEnv): Promise<string | null> {
  if ((await composeApiPort(env)) !== port) return null;
  const token = await askCompose(['exec', '-T', BALANCER.service, 'cat', TOKEN_FILE], env);
  return token || null;
}
