import { join } from 'node:path';
import { MusterError } from '@muster/membership';
import type { ApiClient } from '../api-client.js';
import type { ApiEvent } from '../api-schema.js';
import { connect } from '../connection.js';
import { eventLine } from '../event-line.js';
import { untilServing } from '../serving.js';
import type { Paint } from '../terminal.js';
import { untilAccepting } from './accepting.js';
import { type Claim, type ClusterPorts, claimCluster } from './claim.js';
import { Cluster, specsOf } from './cluster.js';
import { serveControl } from './control.js';
import type { Layout } from './layout.js';
import { keepLogsSmall } from './log-files.js';
import { narrate } from './narrate.js';
import { panelLines } from './panel.js';
import type { PortWish } from './ports.js';
import { chooseRegistry, findPrograms } from './preflight.js';
import type { StopSignals } from './stop-signals.js';
import { SupervisionLog } from './supervision-log.js';

const SERVING_DEADLINE_MS = 60_000;

export interface UpOptions {
  readonly scale: number;
  /** What the user named; else BALANCER decides. */
  readonly balancer: string | undefined;
  readonly ports: Readonly<Record<keyof ClusterPorts, PortWish>>;
  /** The user's own app; empty = the sample webapp. */
  readonly appCommand: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  readonly paint: Paint;
  readonly signals: StopSignals;
}

/** Runs a whole local cluster until a signal ends it; when it resolves or rejects, nothing of it is left. */
export async function runUp(options: UpOptions): Promise<void> {
  const { signals, print } = options;
  try {
    await claimAndRun(options);
  } catch (thrown) {
    // Ctrl-C during the start is a stop like any other.
    if (!signals.stop.aborted) throw thrown;
  }
  print('stopped, nothing is left behind');
}

async function claimAndRun(options: UpOptions): Promise<void> {
  const { env, signals, print } = options;
  const programs = findPrograms(options.balancer, env);
  const registry = await chooseRegistry(env, signals.stop);
  print(`starting ${options.scale} members, the watcher and ${programs.balancer.label} (${registry.label})…`);
  const claim = await claimCluster(options.ports, env, signals.stop);
  const logs = keepLogsSmall(claim.dir.log);
  try {
    const service = env.SERVICE ?? 'webapp';
    await runCluster(options, claim, { claim, programs, registry, service, appCommand: options.appCommand, env });
  } finally {
    logs.stop();
    await claim.release();
  }
}

async function runCluster(options: UpOptions, claim: Claim, layout: Layout): Promise<void> {
  const { signals, print, paint } = options;
  const watch = new SupervisionLog(claim.guardian, (line) => print(paint('yellow', `              ${line}`)));
  const { service } = layout;
  const cluster = new Cluster({
    service,
    logDir: claim.dir.log,
    specs: specsOf(layout),
    appPorts: claim.appPorts,
    observer: watch,
  });
  const control = await serveControl(claim.dir.controlSocket, cluster);
  try {
    await startAll(options, cluster, { claim, layout, startFailed: watch.startFailed });
    watch.started();
    await stayUntilStopped(options, cluster, connectTo(claim, options));
  } finally {
    if (signals.stop.aborted)
      print(
        `stopping: members drain, then the watcher and ${layout.programs.balancer.label} end (Ctrl-C again: at once)`,
      );
    await control.close();
    await cluster.stop(signals.hurry);
  }
}

interface StartOptions {
  readonly claim: Claim;
  readonly layout: Layout;
  readonly startFailed: AbortSignal;
}

/** The balancer, the watcher, the members; then waits until they serve and prints the panel. */
async function startAll(
  options: UpOptions,
  cluster: Cluster,
  { claim, layout, startFailed }: StartOptions,
): Promise<void> {
  const signal = AbortSignal.any([options.signals.stop, startFailed]);
  const { label, socket } = layout.programs.balancer;
  try {
    cluster.startBalancer();
    await untilAccepting(join(claim.dir.ha, socket), label, signal);
    cluster.startWatcher();
    const { members } = await cluster.scale(options.scale);
    const api = connectTo(claim, options);
    const ids = members.map((member) => member.id);
    await untilServing(api, { task: 'start', ids, deadlineMs: SERVING_DEADLINE_MS }, signal);
    await untilAccepting(claim.ports.public, label, signal);
    const facts = {
      ports: claim.ports,
      label,
      wishes: options.ports,
      balancer: (await api.status(signal)).balancer,
      registry: layout.registry.label,
    };
    for (const line of panelLines({ ...facts, runDir: claim.dir.path, state: cluster.state() }, options.paint))
      options.print(line);
  } catch (thrown) {
    // What ended first explains the start better than what was waited for.
    throw startFailed.aborted && startFailed.reason instanceof MusterError ? startFailed.reason : thrown;
  }
}

async function stayUntilStopped({ signals, print, paint }: UpOptions, cluster: Cluster, api: ApiClient): Promise<void> {
  const show = (event: ApiEvent) => print(eventLine(event, paint) + whereIs(cluster, event));
  await narrate(api, show, signals.stop);
}

/** The pid to kill next, after a member has come (back). */
function whereIs(cluster: Cluster, event: ApiEvent): string {
  if (event.type !== 'member-join') return '';
  const member = cluster.state().members.find(({ id }) => id === event.member);
  return member?.appPid ? `  (app pid ${member.appPid})` : '';
}

function connectTo(claim: Claim, { env }: UpOptions): ApiClient {
  return connect(`http://127.0.0.1:${claim.ports.api}`, env);
}
