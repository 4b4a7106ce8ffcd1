import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../../support/cluster.js';
import type { BalancerProgram } from '../../support/cluster-options.js';
import { fileRegistry } from '../../support/cluster-registry.js';
import { eventually } from '../../support/eventually.js';
import { versionOf } from '../../support/program-version.js';

const DEADLINE_MS = 20_000;

/**
 * Clients as fast as they can be, and everything else on the same cores: a member that answers its check late is busy here,
 * not dead, and must not be taken out.
 */
const PATIENT = { CHECK_TIMEOUT: '10s', PROBE_TIMEOUT_MS: '5000' };

/** One balancer with three webapps, w1 to w3, whose settings are changed live. */
export interface Stage {
  readonly program: BalancerProgram;
  readonly version: string;
  readonly cluster: Cluster;
  /** Resolves when the balancer runs them, and nothing is left to do. */
  change(settings: Readonly<Record<string, string>>): Promise<void>;
  /** What the balancer shares by, by member that gets requests. */
  weights(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

export async function startStage(program: BalancerProgram): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-settings-'));
  const file = join(dir, 'settings.env');
  // No strategy that is shown first: so each change is one.
  const env = { LOG_LEVEL: 'info', SETTINGS_FILE: file, BALANCE: 'leastconn', ...PATIENT };
  const cluster = await Cluster.start({
    registry: fileRegistry(),
    balancer: program,
    members: 3,
    env,
    memberEnv: PATIENT,
  });
  return {
    program,
    version: versionOf(program.bin),
    cluster,
    async change(settings) {
      const before = (await cluster.api.status()).revision;
      writeFileSync(
        file,
        Object.entries(settings)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      );
      await eventually(async () => {
        const { revision, inSync, problem } = await cluster.api.status();
        assert.notEqual(revision, before, problem ?? 'the settings are not in force');
        assert.ok(inSync, problem ?? 'not in sync');
      }, DEADLINE_MS);
    },
    async weights() {
      const serving = (await cluster.runningServers()).filter(({ admin, up }) => up && admin === 'ready');
      return new Map(serving.map(({ name, weight }) => [name, weight]));
    },
    async stop() {
      await cluster.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
