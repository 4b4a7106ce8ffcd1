import { sleep } from '@muster/membership';
import { formatEndpoint } from '../../../endpoint.js';
import type { CheckRule, Stated, StatedServer } from '../running-state.js';
import { checkServer } from './check-server.js';
import { type CheckedHealth, checkedHealth, firstVerdict, judgeCheck, pauseMs, type ServerVerdict } from './verdict.js';

/** The health checks that NGINX does not have: the watcher makes them, of the servers of the config that runs. */
export interface HealthChecks {
  /** Checks these from now on, and no others. */
  follow(stated: Stated): void;
  /** What is known of one server; `unknown` of one that is not checked. */
  of(backend: string, name: string): CheckedHealth;
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** More than this many checks in a second would keep the watcher from its work: with many servers each is asked less often. */
const CHECKS_PER_SECOND = 400;

/** One server under check. */
interface Check {
  readonly server: StatedServer;
  readonly rule: CheckRule;
  readonly stop: AbortController;
}

/** `onHealth` is called whenever some server's health has changed. */
export function createHealthChecks(onHealth: () => void): HealthChecks {
  const checks = new Map<string, Check>();
  const verdicts = new Map<string, ServerVerdict>();
  let ended = false;

  return {
    follow(stated) {
      if (ended) return;
      const wanted = wantedOf(stated);
      const rule = atMost(stated.check, wanted.size);
      for (const [key, check] of checks) {
        const server = wanted.get(key);
        // Under a new rule a server keeps its verdict; at a new address it is another one.
        const goesOn = server !== undefined && formatEndpoint(server) === formatEndpoint(check.server);
        if (!goesOn) verdicts.delete(key);
        if (!goesOn || !isSame(rule, check.rule)) end(key, check);
      }
      for (const [key, server] of wanted) if (!checks.has(key)) begin(key, server, rule);
    },
    of: (backend, name) => checkedHealth(verdicts.get(`${backend}/${name}`) ?? firstVerdict(false)),
    async run(signal) {
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      ended = true;
      for (const { stop } of checks.values()) stop.abort();
    },
  };

  function begin(key: string, server: StatedServer, rule: CheckRule): void {
    const check: Check = { server, rule, stop: new AbortController() };
    checks.set(key, check);
    const verdict = verdicts.get(key) ?? firstVerdict(server.down);
    verdicts.set(key, verdict);
    void keepChecking(key, check, verdict);
  }

  function end(key: string, check: Check): void {
    check.stop.abort();
    checks.delete(key);
  }

  async function keepChecking(key: string, { server, rule, stop }: Check, first: ServerVerdict): Promise<void> {
    const { address, port } = server;
    const { path, timeoutMs } = rule;
    let verdict = first;
    while (!stop.signal.aborted) {
      const result = await checkServer({ address, port, path, timeoutMs }, stop.signal);
      if (stop.signal.aborted) return;
      const before = verdict;
      verdict = judgeCheck(before, result);
      verdicts.set(key, verdict);
      if (verdict.health !== before.health) onHealth();
      // Spread, so that a moment in which everything is late does not meet all checks at once.
      await sleep(pauseMs(verdict, rule) * (0.9 + Math.random() / 5), stop.signal);
    }
  }
}

/** Every server that is not in maintenance, by backend and name. */
function wantedOf({ backends }: Stated): Map<string, StatedServer> {
  const all = Object.entries(backends).flatMap(([backend, servers]) =>
    servers.map((server) => [`${backend}/${server.name}`, server] as const),
  );
  return new Map(all.filter(([, { admin }]) => admin !== 'maint'));
}

function atMost(rule: CheckRule, servers: number): CheckRule {
  const least = (servers * 1_000) / CHECKS_PER_SECOND;
  return { ...rule, intervalMs: Math.max(rule.intervalMs, least), downMs: Math.max(rule.downMs, least) };
}

function isSame(one: CheckRule, other: CheckRule): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
