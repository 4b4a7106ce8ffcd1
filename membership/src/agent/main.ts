import { claimPlace } from '../claim/claim.js';
import type { Env } from '../env.js';
import { errorMessage, MusterError } from '../errors.js';
import { createLogger, type Logger } from '../log.js';
import { notifyReady } from '../notify.js';
import { type OpenRegistry, openRegistry } from '../registry-config.js';
import type { SourceObserver } from '../source.js';
import { Agent } from './agent.js';
import { startApp } from './app-process.js';
import { anyAddress, followBalancers } from './balancers.js';
import { type AgentConfig, readAgentConfig } from './config.js';
import { Ending, listenToSignals } from './ending.js';
import { follow } from './follow.js';
import { watchHealth } from './health.js';
import { endAfterAppExit, leaveCluster, type Running } from './leave.js';
import { heedLeaveIntent } from './leave-intent.js';
import { createOwnView } from './own-view.js';
import { probe } from './probe.js';
import { resolveAddress } from './resolve-address.js';

export interface RunAgentOptions {
  readonly env: Env;
  /** Wrapper mode: the app's command and its arguments. Empty when the app is started by somebody else. */
  readonly command: readonly string[];
}

/** Until the app is ready for the first time it is asked this often, or more often when `PROBE_INTERVAL_MS` says so. */
const START_INTERVAL_MS = 100;

/**
 * Runs one member's agent until it has left the cluster; resolves with the exit code for the process. It never rejects
 * for a fault of the registry or the app; 1 = the settings are wrong, and all their faults are in the log.
 */
export async function runAgent(options: RunAgentOptions): Promise<number> {
  const ending = new Ending();
  const stopListening = listenToSignals((name) => ending.leave(name));
  try {
    return await run(await resolveAddress(readAgentConfig(options.env)), ending, options);
  } catch (thrown) {
    if (!(thrown instanceof MusterError)) throw thrown;
    createLogger('muster-agent', 'error').error({ code: thrown.code }, thrown.message);
    return 1;
  } finally {
    stopListening();
  }
}

async function run(config: AgentConfig, ending: Ending, { env, command }: RunAgentOptions): Promise<number> {
  const log = createLogger('muster-agent', config.logLevel);
  const registry = openRegistry(config.registry, { policy: anyAddress, observer: observerOf(log) });
  await claimOwnPlace(config, log);
  const app = command.length > 0 ? startApp(command, appEnv(env, config)) : null;
  app?.exited.then((exit) => ending.appExited(exit));
  const running = start(config, registry, ending, log);
  if (config.notifyFd !== null) notifyReady(config.notifyFd, log);
  const end = await ending.decided;
  const code = end.why === 'leave' ? 0 : await endAfterAppExit(running, end.exit);
  if (end.why === 'leave') {
    log.info({ asked: end.asked }, 'leave asked');
    await leaveCluster(running, ending.appGone);
    await app?.stop(config.appStopTimeoutMs);
  }
  return code;
}

/** A registry that does not answer is no reason to wait, or to stop. */
async function claimOwnPlace({ registry, self, callDeadlineMs }: AgentConfig, log: Logger): Promise<void> {
  const { consul, dir } = registry;
  const where = consul ? { consul: { address: consul, token: consul.token?.reveal() ?? null } } : { dir: dir ?? '' };
  try {
    const rivals = await claimPlace(where, self, callDeadlineMs);
    if (rivals.length > 0) log.warn({ address: self.address, port: self.port, rivals }, 'entries of others removed');
  } catch (thrown) {
    log.debug({ error: errorMessage(thrown) }, 'address not claimed');
  }
}

/** Starts everything that runs at the same time: the control loop, the probes and the two watches. */
function start(config: AgentConfig, registry: OpenRegistry, ending: Ending, log: Logger): Running {
  const { self, probe: rule } = config;
  const stop = new AbortController();
  const onBroken = (thrown: unknown) =>
    log.warn({ error: errorMessage(thrown) }, 'a watch broke off and is started again');
  const agent = new Agent({ ...config, registrar: registry.registrar, log });
  const balancers = followBalancers(registry.source, stop.signal, onBroken);
  const intents = follow(() => registry.board.watchIntents(self.service, stop.signal), stop.signal, onBroken);
  const onLeave = () => ending.leave('operator');
  const mayJoin = heedLeaveIntent({ ...config, agent, board: registry.board, intents, log, onLeave }, stop.signal);
  const looping = mayJoin.then(() => agent.run(stop.signal));
  const probing = watchHealth(
    {
      ...rule,
      startIntervalMs: Math.min(START_INTERVAL_MS, rule.intervalMs),
      attempt: attemptOf(config, agent),
      onChange(health, reason) {
        if (agent.phase === 'waiting' && health === 'unhealthy')
          log.info({ ...rule.endpoint, reason }, 'waiting for the app');
        agent.report(health === 'healthy' ? 'app-healthy' : 'app-unhealthy', reason);
      },
    },
    stop.signal,
  );
  return {
    ...config,
    agent,
    registrar: registry.registrar,
    board: registry.board,
    balancers,
    intents,
    log,
    async stop() {
      stop.abort();
      await Promise.all([looping, probing]);
    },
  };
}

/** One probe. With ADAPTIVE_WEIGHT it tells the agent, too, how much the app can take. */
function attemptOf({ probe: { endpoint, timeoutMs }, adaptiveTargetMs }: AgentConfig, agent: Agent) {
  const ownView = adaptiveTargetMs === null ? null : createOwnView(adaptiveTargetMs);
  return async (signal: AbortSignal): Promise<string | null> => {
    const result = await probe(endpoint, timeoutMs, signal);
    // Before the app is ready it may be as slow as it likes.
    if (ownView !== null && agent.phase !== 'waiting' && !signal.aborted) agent.setCapacity(ownView(result));
    return result.reason;
  };
}

/** What the app gets: the agent's environment, with the port and the id that the agent says of it. */
function appEnv(env: Env, { self }: AgentConfig): Env {
  const { NOTIFY_FD: _, ...rest } = env;
  return { ...rest, PORT: String(self.port), MEMBER_ID: self.id };
}

/** The agent's own calls already say when the registry is lost: the watches need not say it again. */
function observerOf(log: Logger): SourceObserver {
  return {
    onFault: (service, error) => log.debug({ service, error: error.message }, 'watch lost'),
    onRecovered: (service) => log.debug({ service }, 'watch back'),
  };
}
