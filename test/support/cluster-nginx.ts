import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { ServerSeen } from './cluster-haproxy.js';

/** A server as a config tells it on the control socket, in this order. */
type Told = readonly [
  name: string,
  id: number,
  address: string,
  port: number,
  weight: number,
  admin: string,
  down: boolean,
];

/** What the running NGINX says of itself on its control socket. Read with our own eyes, as HAProxy's state is. */
export async function runningServers(socketPath: string): Promise<ServerSeen[]> {
  const answer = await get(socketPath, '/state');
  const text = /^\d+ (.*)$/s.exec(answer)?.[1];
  if (text === undefined) throw new Error(`NGINX says of itself: ${answer}`);
  return serversTold(text);
}

/**
 * Pid of the first worker that takes connections: any of them may answer on the control socket, and each reload makes new
 * ones. For an NGINX on this machine (proc(5)).
 */
export async function workerPid(socketPath: string): Promise<number> {
  const master = readFileSync(socketPath.replace(/\.sock$/, '.pid'), 'utf8').trim();
  const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ');
  const serving = children.filter((pid) => /^nginx: worker process(?! is shutting down)/.test(titleOf(pid)));
  if (serving.length === 0) throw new Error(`NGINX ${master} has no worker that takes connections`);
  return Math.min(...serving.map(Number));
}

/**
 * The `server` lines of the upstreams of a config file. They have no name: it is that of the server which the file tells
 * at the same address.
 */
export function configServers(file: string): ServerSeen[] {
  const text = readFileSync(file, 'utf8');
  const told = serversTold([...text.matchAll(/^\s*set \$muster_\d+ '(.*)';$/gm)].map(([, part]) => part).join(''));
  const upstreams = [...text.matchAll(/^\s*upstream (\S+) \{\n([^}]*)\}/gm)];
  return upstreams.flatMap(([, backend = '', body = '']) =>
    [...body.matchAll(/^\s*server (\S+)(.*);$/gm)].map(([, endpoint = '', words = '']): ServerSeen => {
      const same = told.find((one) => one.backend === backend && one.endpoint === endpoint);
      return {
        backend,
        name: same?.name ?? 'told by nobody',
        id: same?.id ?? '',
        endpoint,
        up: true,
        admin: / down\b/.test(words) ? 'maint' : / drain\b/.test(words) ? 'drain' : 'ready',
        weight: Number(/ weight=(\d+)/.exec(words)?.[1] ?? 1),
      };
    }),
  );
}

function serversTold(text: string): ServerSeen[] {
  const { backends } = JSON.parse(text) as { readonly backends: Readonly<Record<string, readonly Told[]>> };
  return Object.entries(backends).flatMap(([backend, servers]) =>
    servers.map(
      ([name, id, address, port, weight, admin, down]): ServerSeen => ({
        ...{ backend, name, id: String(id), endpoint: `${address}:${port}`, up: !down, weight },
        admin: admin as ServerSeen['admin'],
      }),
    ),
  );
}

/** Empty for one that has just ended. */
function titleOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function get(socketPath: string, path: string, deadlineMs = 3_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(deadlineMs);
    const asked = request({ socketPath, path, agent: false, signal, headers: { host: 'test' } }, async (answer) => {
      try {
        resolve(Buffer.concat(await answer.toArray()).toString());
      } catch (failure) {
        reject(failure);
      }
    });
    asked.once('error', reject);
    asked.end();
  });
}
