import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';

/** One server as the running HAProxy, or its file, has it. Read with our own eyes: the product's parsers stay out of it. */
export interface ServerSeen {
  readonly backend: string;
  readonly name: string;
  readonly id: string;
  readonly endpoint: string;
  /** The check passes, or there is none (`srv_op_state` 2, HAProxy management guide 9.3). */
  readonly up: boolean;
  readonly admin: 'ready' | 'drain' | 'maint';
  readonly weight: number;
}

/** Sends one command to a HAProxy socket and gives the whole answer. */
export function socketCommand(path: string, command: string, deadlineMs = 3_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    let text = '';
    socket
      .setEncoding('utf8')
      .setTimeout(deadlineMs, () => socket.destroy(new Error(`${path}: no answer to ${command}`)));
    socket.once('connect', () => socket.write(`${command}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
  });
}

/** `show servers state`, read by its own column names. */
export async function runningServers(socketPath: string): Promise<ServerSeen[]> {
  const text = await socketCommand(socketPath, 'show servers state');
  const lines = text.split('\n').filter((line) => line.length > 0);
  const columns = (lines[1] ?? '').replace(/^# /, '').split(' ');
  return lines.slice(2).map((line) => {
    const values = line.split(' ');
    const field = (name: string): string => values[columns.indexOf(name)] ?? '';
    return {
      backend: field('be_name'),
      name: field('srv_name'),
      id: field('srv_id'),
      endpoint: `${field('srv_addr')}:${field('srv_port')}`,
      up: field('srv_op_state') === '2',
      admin: adminState(Number(field('srv_admin_state')), Number(field('srv_uweight'))),
      weight: Number(field('srv_uweight')),
    };
  });
}

/** Bits 0x01, 0x02, 0x04 and 0x20 are kinds of maintenance, 0x08 and 0x10 kinds of drain; weight 0 is a drain too. */
function adminState(bits: number, weight: number): ServerSeen['admin'] {
  if ((bits & 0x23) !== 0) return 'maint';
  return (bits & 0x18) !== 0 || weight === 0 ? 'drain' : 'ready';
}

/** The `server` lines of a config file. */
export function configServers(file: string): ServerSeen[] {
  let backend = '';
  const servers: ServerSeen[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const words = line.trim().split(/\s+/);
    const section = /^(backend|listen|frontend|global|defaults)\b/.exec(line.trim());
    if (section) backend = words[1] ?? '';
    if (words[0] === 'server') servers.push(configServer(backend, words));
  }
  return servers;
}

function configServer(backend: string, words: readonly string[]): ServerSeen {
  const after = (keyword: string): string => words[words.indexOf(keyword, 3) + 1] ?? '';
  const weight = words.includes('weight', 3) ? Number(after('weight')) : 1;
  return {
    backend,
    name: words[1] ?? '',
    id: words.includes('id', 3) ? after('id') : '',
    endpoint: words[2] ?? '',
    up: true,
    admin: words.includes('disabled', 3) ? 'maint' : weight === 0 ? 'drain' : 'ready',
    weight,
  };
}

/** Pid of the worker that answers on the runtime socket: another one proves a reload. */
export async function workerPid(socketPath: string): Promise<number> {
  return Number(/^Pid: (\d+)$/m.exec(await socketCommand(socketPath, 'show info'))?.[1]);
}
