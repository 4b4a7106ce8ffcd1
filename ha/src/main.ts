import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createLogger, errorMessage, type Logger, openRegistry } from '@muster/membership';
import { Registry } from 'prom-client';
import { startApi } from './api/server.js';
import { loadToken } from './api/token.js';
import { type HaConfig, readHaConfig } from './config.js';
import { probeCapabilities } from './drivers/haproxy/capabilities.js';
import { configFile } from './drivers/haproxy/config-file.js';
import { haproxyDriver } from './drivers/haproxy/driver.js';
import { masterSocket } from './drivers/haproxy/master-socket.js';
import { runtimeClient } from './drivers/haproxy/runtime-client.js';
import { createBus } from './events/bus.js';
import { createHistory } from './events/history.js';
import { createLogSink } from './events/log-sink.js';
import { createMetricsSink } from './events/metrics-sink.js';
import { createStream } from './events/stream.js';
import { prepare } from './prepare.js';
import { balancerRegistration, keepPresence } from './presence.js';
import { memberPolicy, paths, siteOf } from './site.js';
import { startStructure } from './start-structure.js';
import { knownSets, lastGoodWriter, readLastGood } from './state/last-good.js';
import { createAcknowledger } from './watcher/acknowledger.js';
import { createEnactor } from './watcher/enact.js';
import { createHungFinder } from './watcher/hung.js';
import { createInputs } from './watcher/inputs.js';
import { createOperator, createRemover } from './watcher/operator.js';
import { createPace } from './watcher/pace.js';
import { observeRegistry } from './watcher/reachability.js';
import { createReloadGate } from './watcher/reload-gate.js';
import { createReporter } from './watcher/reporter.js';
import { createStructureStore } from './watcher/structure-store.js';
import { createView } from './watcher/view.js';
import { createWake } from './watcher/wake.js';
import { createWatcher } from './watcher/watcher.js';

/** Down for this long means hung: longer than one check after a false alarm, short enough for a client to wait. */
const CUT_AFTER_MS = 450;
const SHRINK_WINDOW_MS = 10_000;
const LINGER_MS = 5_000;

/** The watcher, put together. Runs until `signal` aborts. */
async function watchCluster(config: HaConfig, logger: Logger, signal: AbortSignal): Promise<void> {
  await mkdir(config.runDir, { recursive: true, mode: 0o700 });
  const file = paths(config);
  const services = config.services.map(({ name }) => name);
  const metrics = new Registry();
  const history = createHistory();
  const stream = createStream();
  const bus = createBus({ sinks: [createLogSink(logger), history, stream, createMetricsSink(metrics)], logger });
  const reachability = observeRegistry(bus.publish);
  const registry = openRegistry(config.registry, { policy: memberPolicy(config), observer: reachability.observer });

  const capabilities = await probeCapabilities(config.haproxyBin);
  const runtime = runtimeClient({ path: file.runtimeSocket, timeoutMs: 3_000, logger });
  const driver = haproxyDriver({
    capabilities,
    file: configFile(file.config, config.haproxyBin),
    runtime,
    master: masterSocket(file.masterSocket, logger),
  });
  const lastGood = await readLastGood(file.lastGood, logger);
  const files = {
    templateDir: config.templateDir,
    settingsFile: config.settingsFile,
    env: process.env,
    site: await siteOf(config, capabilities),
  };
  const start = await startStructure(files, lastGood, logger);
  const accepted = start.accepted ?? start.fromDisk;
  if (!accepted) throw new Error('unreachable: startStructure gives one or throws');

  const wake = createWake();
  const structures = createStructureStore({
    files,
    accepted,
    candidate: start.fromDisk === null || start.fromDisk.revision === accepted.revision ? null : start.fromDisk,
    pollMs: config.settingsPollMs,
    onCandidate: wake.call,
    onRefused: (reason) =>
      bus.publish({ type: 'config-refused', service: null, member: null, message: reason, detail: {} }),
  });
  if (start.fault !== null) structures.refuse(start.fault);
  const gate = createReloadGate({ gapMs: 1_000, maxOldWorkers: 4 });
  const pace = createPace();
  const drained = (service: string) => lastGood?.services.get(service)?.draining ?? [];
  const { source, board, registrar } = registry;
  const inputs = createInputs({ services, source, board, drained, onChange: wake.call });
  const keeper = lastGoodWriter(file.lastGood, logger);
  const watcher = createWatcher({
    services,
    driver,
    inputs,
    structures,
    enactor: createEnactor({ driver, structures, gate, pace, publish: bus.publish, logger }),
    reporter: createReporter(bus.publish, knownSets(lastGood)),
    acknowledger: createAcknowledger({ board, balancer: config.balancerId, logger, onFailure: wake.call }),
    hung: createHungFinder(CUT_AFTER_MS),
    pace,
    wake,
    guards: new Map([...(lastGood?.services ?? [])].map(([name, { guard }]) => [name, guard])),
    save: keeper.save,
    onLeft: createRemover(registrar, board, logger),
    limits: { share: config.shrinkShare, windowMs: SHRINK_WINDOW_MS },
    rules: ({ STICKY_COOKIE }) => ({
      stickyGraceMs: STICKY_COOKIE === '' ? 0 : Math.max(1, config.stickyGraceMs),
      deadlineMs: config.drainTimeoutMs,
      lingerMs: LINGER_MS,
    }),
  });
  const view = createView(watcher.snapshot, () => ({
    balancer: { id: config.balancerId, name: driver.name, version: driver.version },
    services,
    registry: { name: registry.name, reachable: reachability.reachable() },
    problem: watcher.problem() ?? keeper.problem,
    reloads: gate.count,
    expectedRevision: (structures.candidate ?? structures.accepted).revision,
  }));
  const actions = createOperator({
    members: view.members,
    board: registry.board,
    registrar: registry.registrar,
    release: watcher.release,
  });
  const token = await loadToken(config.runDir, logger);
  const api = await startApi({
    bind: config.apiBind,
    signal,
    view,
    actions,
    history,
    stream,
    metrics,
    token,
    allowedHosts: config.apiHosts,
    logger,
  });
  logger.info({ api: api.url, haproxy: capabilities.version, registry: registry.name, services }, 'watcher started');

  const self = balancerRegistration(config, randomBytes(4).toString('hex'));
  const presence = watcher.ready.then(() =>
    keepPresence({ registrar, self, intervalMs: config.registry.ttlMs / 3, logger }, signal),
  );
  await Promise.all([inputs.run(signal), structures.run(signal), watcher.run(signal), presence]);
  await keeper.settled();
  await api.closed;
  await bus.close();
  await registry.close();
}

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
  try {
    const config = readHaConfig(process.env);
    const logger = createLogger('watcher', config.logLevel);
    if (process.argv[2] === 'prepare') await prepare(config, process.env, logger);
    else await watchCluster(config, logger, stop.signal);
    return 0;
  } catch (error) {
    process.stderr.write(`muster watcher: ${errorMessage(error)}\n`);
    return 1;
  }
}

process.exit(await main());
