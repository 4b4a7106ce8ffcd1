import type { Logger } from '@muster/membership';
import { sameEndpoint } from '../../endpoint.js';
import type { DesiredServer, DesiredState, RunningServer, RunningState } from '../../plan/desired.js';
import type { Plan, Step } from '../../plan/plan.js';
import { withSample } from '../../render/structure.js';
import type { ConfigFile } from '../config-file.js';
import type { BalancerDriver } from '../driver.js';
import type { Control } from './control.js';
import { cutHung } from './cut.js';
import type { HealthChecks } from './health/health-checks.js';
import { createBusyOrphans, releaseOrphans } from './orphans.js';
import { reload, startNewWorkers } from './reload.js';
import { type Stated, type StatedServer, stateText } from './running-state.js';
import { readTraffic, type Traffic } from './traffic.js';

export interface NginxDriverOptions {
  readonly version: string;
  readonly file: ConfigFile;
  readonly control: Control;
  readonly health: HealthChecks;
  readonly socketPath: string;
  readonly pidFile: string;
  /** Ports of the public addresses: what is open there are clients. */
  readonly publicPorts: ReadonlySet<number>;
  readonly logger: Logger;
}

const RELOAD_TIMEOUT_MS = 5_000;

/**
 * NGINX 1.20 and later: every change is a reload. What runs is asked over a unix socket that the config itself opens;
 * open requests are counted in /proc, and health checks are ours, because NGINX has neither.
 */
export function nginxDriver(options: NginxDriverOptions): BalancerDriver {
  const { version, file, control, health, socketPath, pidFile, publicPorts, logger } = options;
  const reloading = { file, control, pidFile, timeoutMs: RELOAD_TIMEOUT_MS };
  const orphansOf = createBusyOrphans(publicPorts);
  const traffic = (signal: AbortSignal) => readTraffic({ control, pidFile, publicPorts, orphansOf }, signal);

  return {
    name: 'nginx',
    version,
    changesBy: 'reload',
    read,
    run: (signal) => health.run(signal),

    persist: async (desired, structure) => file.keep(structure.render(desired)),

    async apply(plan, structure, writeFile, signal) {
      // The file is what a reload loads: where it must not be written nothing can be changed.
      if (!writeFile && plan.reload === null) return { pending: plan.steps, needsReload: null, reloaded: false };
      const { desired, pending } = await withOpenOnes(plan, signal);
      const text = structure.render(desired);
      const state = stateText(structure.revision, desired, structure.settings);
      if (plan.reload === null && (await control.state(signal)).text === state) {
        file.write(text);
        return { pending, needsReload: null, reloaded: false };
      }
      const checked = plan.reload === null ? text : structure.render(withSample(desired, structure.services));
      await reload({ text, checked, state }, reloading, signal);
      return { pending, needsReload: null, reloaded: true };
    },

    async cut(backend, server, signal) {
      const { text, stated } = await control.state(signal);
      const one = stated.backends[backend]?.find(({ name }) => name === server);
      if (!one) return true;
      const renew = () => startNewWorkers(reloading, text, signal);
      return cutHung(one, () => traffic(signal), renew);
    },
  };

  async function read({ inFlight }: { readonly inFlight: boolean }, signal: AbortSignal): Promise<RunningState> {
    const { stated } = await stateOrRelease(signal);
    health.follow(stated);
    const seen = inFlight ? await traffic(signal) : null;
    const backends = Object.entries(stated.backends).map(([name, servers]) => {
      const running = servers.map((server) => runningServer(name, server, seen));
      return [name, new Map(running.map((one) => [one.name, one]))] as const;
    });
    return {
      revision: stated.revision,
      backends: new Map(backends),
      oldWorkers: seen?.leaving ?? null,
      oldWorkerConnections: seen?.leavingClients ?? null,
    };
  }

  /** Workers whose master was killed serve on, but keep the ports from the next master: they are told to finish. */
  async function stateOrRelease(signal: AbortSignal): Promise<{ readonly stated: Stated }> {
    const released = await releaseOrphans({ pidFile, socketPath });
    if (released.length > 0)
      logger.warn({ workers: released }, 'NGINX lost its master: its workers were told to finish');
    return control.state(signal);
  }

  function runningServer(backend: string, server: StatedServer, seen: Traffic | null): RunningServer {
    const { down: markedDown, ...one } = server;
    const found = health.of(backend, one.name);
    return {
      ...{ ...one, markedDown },
      health: one.admin === 'maint' ? 'unknown' : one.checked ? found.health : 'up',
      inFlight: seen?.openOn(one.address, one.port) ?? null,
      answers: seen === null ? null : found.answers,
    };
  }

  /** A server that is to go stays in maintenance while requests are open on it: so the config tells of them. */
  async function withOpenOnes(
    plan: Plan,
    signal: AbortSignal,
  ): Promise<{ readonly desired: DesiredState; readonly pending: readonly Step[] }> {
    const removals = plan.steps.filter((step) => step.kind === 'remove');
    if (removals.length === 0) return { desired: plan.desired, pending: [] };
    const { backends } = await read({ inFlight: true }, signal);
    const open = removals.flatMap((step) => {
      const server = backends.get(step.backend)?.get(step.name);
      if (!server?.inFlight) return [];
      // What is open at an address that another server has now cannot be told apart.
      const shared = [...(plan.desired.get(step.backend)?.values() ?? [])].some((one) => sameEndpoint(one, server));
      return shared ? [] : [{ step, server }];
    });
    const desired = new Map(plan.desired);
    for (const { step, server } of open) {
      const servers = new Map(desired.get(step.backend)).set(step.name, inMaintenance(server));
      desired.set(step.backend, new Map([...servers].sort(([a], [b]) => (a < b ? -1 : 1))));
    }
    return { desired, pending: open.map(({ step }) => step) };
  }
}

function inMaintenance({ name, serverId, address, port, weight }: RunningServer): DesiredServer {
  return { name, serverId, address, port, weight, admin: 'maint', down: false, checked: true };
}
