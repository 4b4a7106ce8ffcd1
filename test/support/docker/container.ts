import { strict as assert } from 'node:assert';
import { readFileSync, readlinkSync } from 'node:fs';
import { docker } from './docker.js';

/** The part of `docker inspect` that the suites look at. */
export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Running: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly StartedAt: string;
  };
  readonly Config: { readonly User: string; readonly Env: readonly string[] };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly Privileged: boolean;
    readonly SecurityOpt: readonly string[] | null;
    readonly PortBindings: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;
  };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

export async function inspect(id: string): Promise<Inspected> {
  const [one] = JSON.parse(await docker(['inspect', id])) as Inspected[];
  assert.ok(one, `docker inspect ${id} gave nothing`);
  return one;
}

/** Its process 1, as the host numbers it. */
export async function hostPid(id: string): Promise<number> {
  const { State } = await inspect(id);
  assert.ok(State.Running, `${id} does not run: it ended with ${State.ExitCode}`);
  return State.Pid;
}

/** Its address on the Compose network of that name; null when it is not on it. */
export function addressOn({ NetworkSettings }: Inspected, network: string): string | null {
  const found = Object.entries(NetworkSettings.Networks).find(([name]) => name.endsWith(`_${network}`));
  return found?.[1].IPAddress || null;
}

export function addressesOf({ NetworkSettings }: Inspected): string[] {
  return Object.values(NetworkSettings.Networks)
    .map(({ IPAddress }) => IPAddress)
    .filter(Boolean);
}

/** Runs a command in a container. */
export function execIn(id: string, command: readonly string[], deadlineMs = 20_000): Promise<string> {
  return docker(['exec', id, ...command], { deadlineMs });
}

/** `docker stop`; the exit code of the container, and how long it took. */
export async function stopContainer(id: string): Promise<{ readonly code: number; readonly tookMs: number }> {
  const startMs = performance.now();
  await docker(['stop', '--time', '30', id], { deadlineMs: 45_000 });
  const tookMs = performance.now() - startMs;
  return { code: (await inspect(id)).State.ExitCode, tookMs };
}

/** A process in a container, with its pid on the host. */
export interface ContainerProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** What runs in a container: every process of its pid namespace. */
export async function processesIn(id: string): Promise<ContainerProcess[]> {
  const [titles = '', ...lines] = (await docker(['top', id, '-eo', 'pid,ppid,args'])).split('\n');
  assert.match(titles, /PID\s+PPID\s+COMMAND/);
  return lines.flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** The one process of a container whose command line matches. */
export async function processIn(id: string, pattern: RegExp): Promise<ContainerProcess> {
  const all = await processesIn(id);
  const found = all.filter(({ command }) => pattern.test(command));
  const seen = all.map(({ command }) => command).join('\n');
  assert.equal(found.length, 1, `${found.length} processes of ${id} match ${pattern}:\n${seen}`);
  return found[0] as ContainerProcess;
}

/** Fields of /proc/PID/status of a process on this host. */
export function processStatus(pid: number): Map<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trimEnd().split('\n');
  return new Map(lines.map((line) => [line.split(':', 1)[0] ?? '', line.slice(line.indexOf(':') + 1).trim()]));
}

/** A folder of a running container as the host can reach it, on whatever file system it is; sockets in it work too. */
export function folderOf(pid: number, folder: string): string {
  // Readable by root only; a clear message beats ENOENT in the middle of a suite.
  readlinkSync(`/proc/${pid}/root`);
  return `/proc/${pid}/root${folder}`;
}
