import type { Logger } from '@muster/membership';
import type { DesiredState, RunningServer, RunningState } from '../../plan/desired.js';
import type { Plan, Step } from '../../plan/plan.js';
import { type Structure, withSample } from '../../render/structure.js';
import type { ConfigFile } from '../config-file.js';
import type { ApplyResult, BalancerDriver } from '../driver.js';
import { GET_REVISION, parsePid, parseRevision } from './answers.js';
import type { Capabilities } from './capabilities.js';
import { type Command, commandsOf, judge, unknownReply } from './commands.js';
import { divideSteps } from './divide-steps.js';
import type { MasterSocket } from './master-socket.js';
import { reload } from './reload.js';
import type { RuntimeClient } from './runtime-client.js';
import { parseServersState } from './servers-state.js';
import { parseConnections, parseOldWorkers, parseStatistics, type ServerStatistics } from './statistics.js';

export interface HaproxyDriverOptions {
  readonly capabilities: Capabilities;
  readonly file: ConfigFile;
  readonly runtime: RuntimeClient;
  readonly master: MasterSocket;
  readonly logger: Logger;
}

const MASTER_TIMEOUT_MS = 2_000;
const RELOAD_TIMEOUT_MS = 10_000;

/** HAProxy 2.6 and later: servers over the runtime socket, everything else by a reload through the master socket. */
export function haproxyDriver(options: HaproxyDriverOptions): BalancerDriver {
  const { capabilities, file, runtime, master, logger } = options;
  return {
    name: 'haproxy',
    version: capabilities.version,
    changesBy: 'runtime',

    async read({ inFlight }, signal) {
      const [revision = '', state = ''] = await runtime.ask([GET_REVISION, 'show servers state'], signal);
      const backends = parseServersState(state);
      const running = { revision: parseRevision(revision), backends, oldWorkerConnections: null, oldWorkers: null };
      return inFlight ? withInFlight(running, signal) : running;
    },

    persist: async (desired, structure) => file.keep(structure.render(desired)),

    async apply(plan, structure, writeFile, signal) {
      if (plan.reload !== null) return applyReload(plan, structure, signal);
      return applySteps(plan, structure, writeFile, signal);
    },

    async cut(backend, server, signal) {
      await runtime.ask([`shutdown sessions server ${backend}/${server}`], signal);
      return true;
    },

    // HAProxy checks its servers itself.
    run: async () => {},
  };

  /**
   * File first, then socket: a crash between the two leaves a file that the next start agrees with. Where everything waits
   * for a reload the file is left to that, or a full disk would be a fault of each pass.
   */
  async function applySteps(
    plan: Plan,
    structure: Structure,
    writeFile: boolean,
    signal: AbortSignal,
  ): Promise<ApplyResult> {
    const { now, later, needsReload } = divideSteps(plan, structure);
    const mustWrite = writeFile && later.length < plan.steps.length;
    const fileFault = mustWrite ? attempt(() => file.write(structure.render(plan.desired))) : null;
    const pending = await runSteps(now, structure, signal);
    // A full disk must not keep a change from the traffic, but it must be heard.
    if (fileFault) throw fileFault;
    return { pending: [...pending, ...later], needsReload, reloaded: false };
  }

  async function runSteps(steps: readonly Step[], structure: Structure, signal: AbortSignal): Promise<Step[]> {
    if (steps.length === 0) return [];
    const commands = steps.flatMap((step) =>
      commandsOf(step, structure, capabilities).map((command) => ({ step, command })),
    );
    return pendingSteps(
      commands,
      await runtime.ask(
        commands.map(({ command }) => command.text),
        signal,
      ),
    );
  }

  async function applyReload(plan: Plan, structure: Structure, signal: AbortSignal): Promise<ApplyResult> {
    const candidate = {
      text: structure.render(plan.desired),
      checked: structure.render(withSample(plan.desired, structure.services)),
      revision: structure.revision,
    };
    const synchronous = capabilities.synchronousReload;
    await reload(candidate, { file, runtime, master, synchronous, timeoutMs: RELOAD_TIMEOUT_MS, logger }, signal);
    const pending = await runSteps(stepsAfterReload(plan.desired), structure, signal);
    return { pending, needsReload: null, reloaded: true };
  }

  /** Adds what only statistics tell: open requests per server, and what leaving workers still hold. */
  async function withInFlight(running: RunningState, signal: AbortSignal): Promise<RunningState> {
    const names = [...running.backends.keys()];
    const [[info = '', ...statistics], proc] = await Promise.all([
      runtime.ask(['show info', ...names.map((name) => `show stat ${name} 4 -1`)], signal),
      master.ask('show proc', MASTER_TIMEOUT_MS, signal),
    ]);
    // 3.2 lists the worker that serves among the old ones after a reload that failed.
    const serving = parsePid(info);
    const old = parseOldWorkers(proc).filter((pid) => pid !== serving);
    const infos = await Promise.all(old.map((pid) => master.ask(`@!${pid} show info`, MASTER_TIMEOUT_MS, signal)));
    const counts = new Map(names.map((name, index) => [name, parseStatistics(statistics[index] ?? '')]));
    return {
      ...running,
      backends: new Map([...running.backends].map(([name, servers]) => [name, counted(servers, counts.get(name))])),
      oldWorkers: old.length,
      oldWorkerConnections: infos.reduce((sum, info) => sum + parseConnections(info), 0),
    };
  }
}

/**
 * What a file cannot say: a new worker takes every server as up and ready (haproxy issues 918, 1078). Drains are set
 * again, and what was down stays down until a check passes.
 */
function stepsAfterReload(desired: DesiredState): Step[] {
  return [...desired].flatMap(([backend, servers]) =>
    [...servers.values()].flatMap(({ name, admin, down, weight }): Step[] => {
      if (admin === 'drain')
        return [
          { kind: 'drain', backend, name },
          { kind: 'weight', backend, name, weight },
        ];
      return admin === 'ready' && down ? [{ kind: 'ready', backend, name, down }] : [];
    }),
  );
}

function counted(
  servers: ReadonlyMap<string, RunningServer>,
  statistics?: ReadonlyMap<string, ServerStatistics>,
): ReadonlyMap<string, RunningServer> {
  const none = { inFlight: 0, answers: true };
  return new Map([...servers].map(([name, server]) => [name, { ...server, ...(statistics?.get(name) ?? none) }]));
}

/** Steps that HAProxy put off. Throws on the first reply that no closed list knows. */
function pendingSteps(commands: readonly { step: Step; command: Command }[], replies: readonly string[]): Step[] {
  const pending = new Set<Step>();
  for (const [index, { step, command }] of commands.entries()) {
    const reply = replies[index] ?? '';
    const verdict = judge(command, reply);
    if (verdict === 'unknown') throw unknownReply(command, reply);
    if (verdict === 'not-yet') pending.add(step);
  }
  return [...pending];
}

function attempt(action: () => void): unknown {
  try {
    action();
    return null;
  } catch (error) {
    return error;
  }
}
