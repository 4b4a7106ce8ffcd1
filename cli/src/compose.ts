import { askDocker } from './docker.js';

/** The balancer's service in docker-compose.yml, and its ports inside the container. */
export const BALANCER = { service: 'ha', apiPort: 7380, publicPort: 80 } as const;

/**
 * What `docker compose` prints, or null when it cannot: no Docker, no such cluster, no answer in time. Which project and
 * files are meant is said by COMPOSE_PROJECT_NAME, COMPOSE_FILE and COMPOSE_ENV_FILES, which it reads by itself.
 */
export function askCompose(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  return askDocker(['compose', ...args], env);
}

/** What `docker compose port` says of a port that loopback reaches. */
const PUBLISHED = /^(?:127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|::):([1-9]\d{0,4})$/;

/** The port of loopback on which the cluster in containers publishes its API; null when none runs. */
export function composeApiPort(env: NodeJS.ProcessEnv): Promise<number | null> {
  return publishedPort(BALANCER.apiPort, env);
}

/** The public port of the cluster in containers that publishes its API on `apiPort`; null when there is none. */
export async function composePublicPort(apiPort: number, env: NodeJS.ProcessEnv): Promise<number | null> {
  return (await composeApiPort(env)) === apiPort ? publishedPort(BALANCER.publicPort, env) : null;
}

async function publishedPort(port: number, env: NodeJS.ProcessEnv): Promise<number | null> {
  const published = await askCompose(['port', BALANCER.service, String(port)], env);
  const found = PUBLISHED.exec(published ?? '')?.[1];
  return found === undefined ? null : Number(found);
}
