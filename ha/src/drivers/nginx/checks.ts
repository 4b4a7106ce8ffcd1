import { sleep } from '@muster/membership';
import type { Health } from '../../plan/desired.js';
import { type CheckResult, checkOnce } from './check-once.js';
import type { CheckRule, Stated, StatedServer } from './running-state.js';

/** The health checks that NGINX does not have: the watcher makes them, of the servers of the config that runs. */
export interface Checks {
  /** Checks these from now on, and no others. */
  follow(stated: Stated): void;
  verdict(backend: string, name: string): Verdict;
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** What the checks say of one server; `answers` = its last check got some answer. */
export interface Verdict {
  readonly health: Health;
  readonly answers: boolean;
}

/** How many failures in a row take a server out, as in HAProxy's `fall 2`; one success takes it back. */
const FALL = 2;
/** More than this many checks in a second would keep the watcher from its work: with many servers each is asked less often. */
const CHECKS_PER_SECOND = 400;

const UNKNOWN: Verdict = { health: 'unknown', answers: true };

/** One server under check. */
interface Checked {
  readonly server: StatedServer;
  readonly rule: CheckRule;
  readonly stop: AbortController;
  verdict: Verdict;
  failures: number;
}

export function createChecks(onHealth: () => void): Checks {
  const checked = new Map<string, Checked>();
  let ended = false;

  return {
    follow(stated) {
      if (ended) return;
      const wanted = new Map<string, StatedServer>(
        Object.entries(stated.backends).flatMap(([backend, servers]) =>
          servers.filter(([, , , , , admin]) => admin !== 'maint').map((one) => [`${backend}/${one[0]}`, one] as const),
        ),
      );
      const rule = atMost(stated.check, wanted.size);
      for (const [key, one] of checked) if (!isSame(one, wanted.get(key), rule)) end(key, one, wanted.has(key));
      for (const [key, server] of wanted)
        if (!checked.get(key) || checked.get(key)?.stop.signal.aborted) begin(key, server, rule);
    },
    verdict: (backend, name) => checked.get(`${backend}/${name}`)?.verdict ?? UNKNOWN,
    async run(signal) {
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      ended = true;
      for (const one of checked.values()) one.stop.abort();
    },
  };

  /** Under a new rule a server keeps its verdict; at a new address it is another one. */
  function begin(key: string, server: StatedServer, rule: CheckRule): void {
    const before = checked.get(key);
    const known = before && endpointOf(before.server) === endpointOf(server) ? before : null;
    const verdict = known?.verdict ?? { ...UNKNOWN, health: server[6] ? 'down' : 'unknown' };
    const one: Checked = { server, rule, stop: new AbortController(), verdict, failures: known?.failures ?? 0 };
    checked.set(key, one);
    void follow(one);
  }

  function end(key: string, one: Checked, goesOn: boolean): void {
    one.stop.abort();
    if (!goesOn) checked.delete(key);
  }

  async function follow(one: Checked): Promise<void> {
    const { rule, server, stop } = one;
    const target = { address: server[2], port: server[3], path: rule.path, timeoutMs: rule.timeoutMs };
    while (!stop.signal.aborted) {
      const result = await checkOnce(target, stop.signal);
      if (stop.signal.aborted) return;
      judge(one, result);
      // Spread, so that a moment in which everything is late does not meet all checks at once.
      await sleep(pauseMs(one) * (0.9 + Math.random() / 5), stop.signal);
    }
  }

  function judge(one: Checked, result: CheckResult): void {
    if (result === 'unclear') return;
    one.failures = result === 'passes' ? 0 : one.failures + 1;
    const down = one.failures >= FALL || (one.failures > 0 && one.verdict.health === 'down');
    const health = result === 'passes' ? 'up' : down ? 'down' : one.verdict.health;
    const changed = health !== one.verdict.health;
    one.verdict = { health, answers: result !== 'silent' };
    if (changed) onHealth();
  }
}

function pauseMs({ rule, verdict, failures }: Checked): number {
  if (verdict.health === 'down') return rule.downMs;
  return failures > 0 ? rule.fastMs : rule.intervalMs;
}

function atMost(rule: CheckRule, servers: number): CheckRule {
  const least = (servers * 1_000) / CHECKS_PER_SECOND;
  return { ...rule, intervalMs: Math.max(rule.intervalMs, least), downMs: Math.max(rule.downMs, least) };
}

function isSame(one: Checked, server: StatedServer | undefined, rule: CheckRule): boolean {
  const same = (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b);
  return server !== undefined && endpointOf(one.server) === endpointOf(server) && same(one.rule, rule);
}

function endpointOf([, , address, port]: StatedServer): string {
  return `${address} ${port}`;
}
