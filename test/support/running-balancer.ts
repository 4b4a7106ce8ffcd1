import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, errorCode } from '@muster/membership';
import { type HaConfig, readHaConfig } from '../../ha/src/config.js';
import type { ApplyResult, BalancerDriver } from '../../ha/src/drivers/driver.js';
import { openBalancer } from '../../ha/src/open-balancer.js';
import { desire } from '../../ha/src/plan/desire.js';
import type { AdminState, DesiredState, RunningServer } from '../../ha/src/plan/desired.js';
import { makePlan, type Plan } from '../../ha/src/plan/plan.js';
import { loadStructure } from '../../ha/src/render/load.js';
import { type Structure, withSample } from '../../ha/src/render/structure.js';
import { siteOf } from '../../ha/src/site.js';
import type { Member } from '../../membership/src/member.js';
import { balancerArgs } from './cluster-balancer.js';
import { type BalancerProgram, SERVICE } from './cluster-options.js';
import { eventually, PATIENCE_MS } from './eventually.js';
import { freePorts } from './ports.js';
import { RunningProcess, tail } from './processes.js';

export type Settings = Readonly<Record<string, string>>;

/** Who is a member, and with which weight: on loopback, alive and ready where nothing else is said. */
export type Members = readonly (Pick<Member, 'id' | 'port' | 'weight'> &
  Partial<Pick<Member, 'address' | 'status'>> & { readonly admin?: AdminState })[];

/** A real balancer with our config, and its driver: no watcher, no registry. Who wants something applied says so. */
export interface RunningBalancer {
  readonly url: string;
  /** What it was started with. */
  readonly config: HaConfig;
  readonly driver: BalancerDriver;
  /** Rejects with what the product says of settings that it refuses. */
  structure(settings: Settings): Promise<Structure>;
  /** The product's own check of a whole config, by the balancer's program. */
  check(settings: Settings, members: Members): Promise<void>;
  /**
   * Applies what the plan from what runs says; who is found down is told so, as the watcher would. Ends with the last
   * worker that a reload has replaced.
   */
  apply(settings: Settings, members: Members): Promise<ApplyResult>;
  /** The same by a reload, as the watcher does after an answer that it does not know. */
  reload(settings: Settings, members: Members): Promise<ApplyResult>;
  close(): Promise<void>;
}

const deadline = () => AbortSignal.timeout(PATIENCE_MS);

/**
 * Clients and apps of a test live in its own process, and a busy machine may keep that, or the balancer, from its work for
 * seconds: nobody is down for that, no request goes elsewhere, and no connection is closed between two requests. An app that
 * is to be found down says so, or is not there.
 */
const PATIENT: Settings = { CHECK_TIMEOUT: '60s', TIMEOUT_CONNECT: '10s', TIMEOUT_KEEPALIVE: '60s' };

/**
 * What the watcher does with a balancer that was not in time for the driver's own deadlines: it comes again, also after
 * `unproved` reloads that took longer than the driver waits for their proof. Any other fault is the test's.
 */
export async function whileUnreachable<T>(action: () => Promise<T>, unproved = 0): Promise<T> {
  let left = unproved;
  const outcome = await eventually(async () => {
    try {
      return { value: await action() };
    } catch (fault) {
      const code = errorCode(fault);
      if (code === 'balancer-unreachable' || (code === 'reload-unproved' && left-- > 0)) throw fault;
      return { fault };
    }
  });
  if ('fault' in outcome) throw outcome.fault;
  return outcome.value;
}

/** `start` are settings that are read once, such as TRUSTED_PROXIES. */
export async function startBalancer(
  { name, bin }: BalancerProgram,
  settings: Settings,
  start: Settings = {},
): Promise<RunningBalancer> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-balancer-'));
  const [port = 0, statsPort = 0] = await freePorts(2);
  const config = readHaConfig({
    ...{ REGISTRY: 'file', REGISTRY_DIR: dir, RUN_DIR: dir, BALANCER: name, HAPROXY_BIN: bin, NGINX_BIN: bin },
    ...{ BIND: `127.0.0.1:${port}`, STATS_BIND: `127.0.0.1:${statsPort}`, SERVICES: SERVICE, ...start },
  });
  const balancer = await openBalancer(config);
  const site = siteOf(config, balancer.dialect);
  const structure = (env: Settings) =>
    loadStructure({ templateDir: config.templateDir, settingsFile: null, env: { ...PATIENT, ...env }, site });
  balancer.file.write((await structure(settings)).render(new Map([[SERVICE, new Map()]])));
  const logFile = join(dir, 'balancer.log');
  const running = new RunningProcess({ name, command: bin, args: balancerArgs(name, dir), env: {}, logFile });
  const driver = balancer.openDriver({ logger: createLogger('test', 'silent'), onHealth: () => undefined });
  const stop = new AbortController();
  const background = driver.run(stop.signal);
  const planned = async (env: Settings, members: Members) => {
    const one = await structure(env);
    const running = await driver.read({ inFlight: false }, deadline());
    const desired = desiredOf(members, one, running.backends.get(SERVICE));
    return { plan: makePlan(desired, running, one.revision), one };
  };
  const carryOut = async (env: Settings, members: Members, change: (plan: Plan) => Plan) => {
    const result = await whileUnreachable(async () => {
      const { plan, one } = await planned(env, members);
      return driver.apply(change(plan), one, true, deadline());
    }, 1);
    // A worker of HAProxy that stood still resets what waits on its sockets when it closes them (docs/images.md).
    if (result.reloaded)
      await eventually(async () => assert.equal((await driver.read({ inFlight: true }, deadline())).oldWorkers, 0));
    return result;
  };
  const started: RunningBalancer = {
    url: `http://127.0.0.1:${port}/`,
    config,
    driver,
    structure,
    async check(env, members) {
      const one = await structure(env);
      await balancer.file.check(one.render(withSample(desiredOf(members, one), site.services)), deadline());
    },
    apply: (env, members) => carryOut(env, members, (plan) => plan),
    reload: (env, members) => carryOut(env, members, (plan) => ({ ...plan, steps: [], reload: 'a test asked' })),
    async close() {
      stop.abort();
      await background;
      await running.stop(1_000);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    await eventually(() => driver.read({ inFlight: true }, deadline()));
  } catch (cause) {
    const log = tail(logFile);
    await started.close();
    throw new Error(`${bin} did not start: ${log}`, { cause });
  }
  return started;
}

function desiredOf(
  members: Members,
  { ringWeight }: Structure,
  running: ReadonlyMap<string, RunningServer> = new Map(),
): DesiredState {
  const known = { address: '127.0.0.1', status: 'alive', capacity: 100, role: 'backend', boot: 'b', tags: {} } as const;
  const verdicts = members.map((one) => [one.id, { member: { ...known, ...one }, fate: 'serve', held: null }] as const);
  const guarded = { index: '1', verdicts: new Map(verdicts), vanished: [] };
  const service = { backend: SERVICE, guarded, running, weights: new Map() };
  const servers = [...(desire([service], new Map(), ringWeight).get(SERVICE)?.values() ?? [])];
  const asked = servers.map((one) => ({
    ...one,
    admin: members.find(({ id }) => id === one.name)?.admin ?? one.admin,
  }));
  return new Map([[SERVICE, new Map(asked.map((one) => [one.name, one]))]]);
}
