import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import {
  createLogger,
  errorMessage,
  type Logger,
  type MemberSet,
  openRegistry,
  type SourceObserver,
} from '@muster/membership';
import { Registry } from 'prom-client';
import { startApi } from './api/server.js';
import { loadToken } from './api/token.js';
import { type HaConfig, readHaConfig } from './config.js';
import { probeCapabilities } from './drivers/haproxy/capabilities.js';
import { configFile } from './drivers/haproxy/config-file.js';
import { haproxyDriver } from './drivers/haproxy/driver.js';
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
import { type LastGood, lastGoodWriter, readLastGood } from './state/last-good.js';
import { createAcknowledger } from './watcher/acknowledger.js';
import { createHungFinder } from './watcher/hung.js';
import { createInputs } from './watcher/inputs.js';
import { createOperator } from './watcher/operator.js';
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
    masterSocket: file.masterSocket,
    logger,
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
  const refused = (reason: string) =>
    bus.publish({ type: 'config-refused', service: null, member: null, message: reason, detail: {} });
  const structures = createStructureStore({
    files,
    accepted,
    candidate: start.fromDisk === null || start.fromDisk.revision === accepted.revision ? null : start.fromDisk,
    pollMs: config.settingsPollMs,
    onCandidate: wake.call,
    onRefused: refused,
  });
  if (start.fault !== null) structures.refuse(start.fault);
  const gate = createReloadGate({ gapMs: 1_000, maxOldWorkers: 4 });
  const inputs = createInputs({ services, source: registry.source, board: registry.board, onChange: wake.call });
  const watcher = createWatcher({
    services,
    driver,
    inputs,
    structures,
    gate,
    wake,
    lastGood,
    reporter: createReporter(bus.publish, knownSets(lastGood)),
    acknowledger: createAcknowledger({
      board: registry.board,
      balancer: config.balancerId,
      logger,
      onFailure: wake.call,
    }),
    hung: createHungFinder(CUT_AFTER_MS),
    save: lastGoodWriter(file.lastGood),
    onLeft: (service, id) => void takeAway(service, id),
    limits: { share: config.shrinkShare, windowMs: SHRINK_WINDOW_MS },
    rules: (settings) => ({
      stickyGraceMs: settings.STICKY_COOKIE === '' ? 0 : config.stickyGraceMs,
      deadlineMs: config.drainTimeoutMs,
      lingerMs: LINGER_MS,
    }),
    logger,
  });
  const view = createView(watcher.snapshot, () => ({
    balancer: { id: config.balancerId, name: driver.name, version: driver.version },
    services,
    registry: { name: registry.name, reachable: reachability.reachable() },
    problem: watcher.problem(),
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
    keepPresence({ registrar: registry.registrar, self, intervalMs: config.registry.ttlMs / 3, logger }, signal),
  );
  await Promise.all([inputs.run(signal), structures.run(signal), watcher.run(signal), presence]);
  await api.closed;
  await bus.close();
  await registry.close();

  async function takeAway(service: string, id: string): Promise<void> {
    try {
      await registry.registrar.leave(service, id, AbortSignal.timeout(4_000));
      await registry.board.setIntent(service, id, null, AbortSignal.timeout(4_000));
    } catch (error) {
      logger.warn({ service, member: id, reason: errorMessage(error) }, 'entry not removed');
    }
  }
}

/** Registry faults become events; the answer to "is it reachable" is kept for the status. */
function observeRegistry(publish: ReturnType<typeof createBus>['publish']): {
  observer: SourceObserver;
  reachable: () => boolean;
} {
  const faulty = new Set<string>();
  return {
    reachable: () => faulty.size === 0,
    observer: {
      onFault(service, error) {
        faulty.add(service);
        publish({
          type: 'registry-fault',
          service,
          member: null,
          message: `${error.message}: the last good set stays`,
          detail: {},
        });
      },
      onRecovered(service) {
        faulty.delete(service);
        publish({
          type: 'registry-recovered',
          service,
          member: null,
          message: `the registry answers again for ${service}`,
          detail: {},
        });
      },
    },
  };
}

function knownSets(lastGood: LastGood | null): ReadonlyMap<string, MemberSet> {
  return new Map(
    [...(lastGood?.services ?? [])].map(([service, { guard }]) => {
      const members = new Map([...guard.verdicts].map(([id, { member }]) => [id, member]));
      return [service, { service, index: guard.index, members, rejected: [] }];
    }),
  );
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
