import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createWake, type Logger, notifyReady, openRegistry } from '@muster/membership';
import { Registry } from 'prom-client';
import { startApi } from './api/server.js';
import { loadToken } from './api/token.js';
import type { HaConfig } from './config.js';
import type { DrainRules } from './drain/drain-tracker.js';
import { createBus } from './events/bus.js';
import type { ClusterEvent } from './events/event.js';
import { createHistory } from './events/history.js';
import { createLogSink } from './events/log-sink.js';
import { createMetricsSink } from './events/metrics-sink.js';
import { createStream } from './events/stream.js';
import { openBalancer } from './open-balancer.js';
import { balancerRegistration, keepPresence } from './presence.js';
import type { Dialect } from './render/dialect.js';
import type { Settings } from './settings.js';
import { lastGoodPath, memberPolicy, siteOf } from './site.js';
import { startStructure } from './start-structure.js';
import { knownSets, type LastGood, lastGoodWriter, readLastGood } from './state/last-good.js';
import { createAcknowledger } from './watcher/acknowledger.js';
import { createEnactor } from './watcher/enact.js';
import { createHungCutter } from './watcher/hung.js';
import { createInputs } from './watcher/inputs.js';
import { createOperator, createRemover } from './watcher/operator.js';
import { createPace } from './watcher/pace.js';
import { observeRegistry } from './watcher/reachability.js';
import { createReloadGate, MEMBER_RELOADS } from './watcher/reload-gate.js';
import { createStructureStore, type StructureStore } from './watcher/structure-store.js';
import { createTeller } from './watcher/tell.js';
import { createView } from './watcher/view.js';
import { createWatcher } from './watcher/watcher.js';

/** Down for this long means hung: longer than one check after a false alarm, short enough for a client to wait. */
const CUT_AFTER_MS = 450;
const SHRINK_WINDOW_MS = 10_000;
const LINGER_MS = 5_000;

/** The watcher, put together. Runs until `signal` aborts. */
export async function watchCluster(config: HaConfig, logger: Logger, signal: AbortSignal): Promise<void> {
  await mkdir(config.runDir, { recursive: true, mode: 0o700 });
  const events = openEvents(logger);
  const { publish } = events.bus;
  const reachability = observeRegistry(publish);
  const registry = openRegistry(config.registry, {
    policy: await memberPolicy(config),
    observer: reachability.observer,
  });
  const lastGood = await readLastGood(lastGoodPath(config), logger);
  const keeper = lastGoodWriter(lastGoodPath(config), logger);
  const wake = createWake();
  const { dialect, openDriver } = await openBalancer(config);
  const driver = openDriver({ logger, onHealth: wake.call });
  const structures = await openStructures({ config, dialect, lastGood, logger, publish, onCandidate: wake.call });

  const services = config.services.map(({ name }) => name);
  const { source, registrar, board: drainBoard, weights: weightBoard } = registry;
  const drained = (service: string) => lastGood?.services.get(service)?.draining ?? [];
  const weighed = (service: string) => lastGood?.services.get(service)?.weights ?? new Map<string, number>();
  const inputs = createInputs({ services, source, drainBoard, weightBoard, drained, weighed, onChange: wake.call });
  const pace = createPace();
  const gate = createReloadGate();
  const memberGate = createReloadGate(MEMBER_RELOADS);
  const guards = new Map([...(lastGood?.services ?? [])].map(([name, { guard }]) => [name, guard]));
  const teller = createTeller({
    publish,
    known: { sets: knownSets(lastGood), weights: inputs.take().weights, guards },
    acknowledger: createAcknowledger({ drainBoard, balancer: config.balancerId, logger, onFailure: wake.call }),
    onLeft: createRemover(registrar, drainBoard, logger),
  });
  const watcher = createWatcher({
    ...{ services, driver, inputs, structures, teller, pace, wake, guards },
    enactor: createEnactor({ driver, structures, gate, memberGate, pace, publish, logger }),
    hung: createHungCutter({ driver, publish, afterMs: CUT_AFTER_MS }),
    save: keeper.save,
    limits: { share: config.shrinkShare, windowMs: SHRINK_WINDOW_MS },
    rules: (settings) => drainRules(config, settings),
  });
  const view = createView(watcher.snapshot, () => ({
    balancer: { id: config.balancerId, name: driver.name, version: driver.version },
    services,
    registry: { name: registry.name, reachable: reachability.reachable() },
    problem: watcher.problem() ?? keeper.problem,
    reloads: gate.count + memberGate.count,
    balance: structures.accepted.settings.BALANCE,
    stickyCookie: structures.accepted.settings.STICKY_COOKIE,
    changesBy: driver.changesBy,
    expectedRevision: (structures.candidate ?? structures.accepted).revision,
  }));
  const actions = createOperator({
    services,
    members: view.members,
    drainBoard,
    weightBoard,
    registrar,
    release: watcher.release,
  });
  const token = await loadToken(config.runDir, logger);
  const { apiBind: bind, apiHosts: allowedHosts } = config;
  const api = await startApi({ ...events, bind, signal, view, actions, token, allowedHosts, logger });
  logger.info(
    { api: api.url, balancer: driver.name, version: driver.version, registry: registry.name, services },
    'watcher started',
  );

  const { notifyFd } = config;
  if (notifyFd !== null) void watcher.passed.then(() => notifyReady(notifyFd, logger));
  const self = balancerRegistration(config, randomBytes(4).toString('hex'));
  const heartbeatMs = config.registry.ttlMs / 3;
  const presence = watcher.ready.then(() => keepPresence({ registrar, self, heartbeatMs, log: logger }, signal));
  await Promise.all([inputs.run(signal), structures.run(signal), watcher.run(signal), driver.run(signal), presence]);
  await keeper.settled();
  await api.closed;
  await events.bus.close();
}

/** Where events go, and the registry of the metrics. */
function openEvents(logger: Logger) {
  const metrics = new Registry();
  const history = createHistory();
  const stream = createStream();
  const sinks = [createLogSink(logger), history, stream, createMetricsSink(metrics)];
  return { metrics, history, stream, bus: createBus({ sinks, logger }) };
}

async function openStructures(options: {
  readonly config: HaConfig;
  readonly dialect: Dialect;
  readonly lastGood: LastGood | null;
  readonly logger: Logger;
  readonly publish: (event: ClusterEvent) => void;
  readonly onCandidate: () => void;
}): Promise<StructureStore> {
  const { config, dialect, publish } = options;
  const { templateDir, settingsFile, settingsPollMs: pollMs } = config;
  const files = { templateDir, settingsFile, env: process.env, site: siteOf(config, dialect) };
  const { accepted, candidate, fault } = await startStructure(files, options.lastGood, options.logger);
  const onRefused = (reason: string) =>
    publish({ type: 'config-refused', service: null, member: null, message: reason, detail: {} });
  const structures = createStructureStore({
    files,
    accepted,
    candidate,
    pollMs,
    onCandidate: options.onCandidate,
    onRefused,
  });
  if (fault !== null) structures.refuse(fault);
  return structures;
}

function drainRules(config: HaConfig, { STICKY_COOKIE }: Settings): DrainRules {
  return {
    stickyGraceMs: STICKY_COOKIE === '' ? 0 : Math.max(1, config.stickyGraceMs),
    deadlineMs: config.drainTimeoutMs,
    lingerMs: LINGER_MS,
  };
}
