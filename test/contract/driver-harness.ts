import { readFileSync } from 'node:fs';
import { openBalancer } from '../../ha/src/open-balancer.js';
import type { DesiredServer } from '../../ha/src/plan/desired.js';
import { makePlan } from '../../ha/src/plan/plan.js';
import { makeStructure, SAMPLE_SERVER, type Structure } from '../../ha/src/render/structure.js';
import { siteOf } from '../../ha/src/site.js';
import { balancerIn } from '../support/cluster-balancer.js';
import type { BalancerProgram } from '../support/cluster-options.js';
import { PATIENCE_MS } from '../support/eventually.js';
import { startBalancer, whileUnreachable } from '../support/running-balancer.js';
import type { DriverHarness, StructureEdit } from './driver.contract.js';
import type { DriverApp } from './driver-app.js';

/** Quick checks: a test waits for them. */
const SETTINGS = {
  CHECK_INTERVAL: '100ms',
  CHECK_DOWN_INTERVAL: '100ms',
  CHECK_FAST_INTERVAL: '50ms',
  HARD_STOP_AFTER: '60s',
};

/** A line that the balancer does not know, and after which one of its config's template it goes. */
const NONSENSE = {
  haproxy: { after: 'frontend public\n', line: '  muster-nonsense on\n' },
  nginx: { after: 'http {\n', line: '  muster-nonsense on;\n' },
} as const;

export interface TemplateEdit extends StructureEdit {
  /** The config's template as it should be. */
  readonly template?: (text: string) => string;
}

/** What the contract needs of a running balancer, and what a driver's own tests need. */
export interface StartedDriver extends DriverHarness {
  readonly runDir: string;
  edited(edit: TemplateEdit): Promise<Structure>;
  /** Brings it to these servers, in any order; without a structure in the one it was started with. */
  put(servers: readonly DesiredServer[], structure?: Structure): Promise<void>;
}

/** A real balancer with the driver, the templates and the files that the product opens for it. */
export async function startDriver(program: BalancerProgram): Promise<StartedDriver> {
  const running = await startBalancer(program, SETTINGS);
  const { config, driver } = running;
  const { file, workerPid } = balancerIn(config.runDir);
  const structure = await edited({});
  return {
    ...{ driver, structure, edited, workerPid, runDir: config.runDir, close: running.close },
    url: running.url.replace(/\/$/, ''),
    file: () => readFileSync(file, 'utf8'),
    async put(servers, wanted = structure) {
      const sorted = [...servers].sort((a, b) => (a.name < b.name ? -1 : 1));
      const desired = new Map([['webapp', new Map(sorted.map((one) => [one.name, one]))]]);
      await whileUnreachable(async () => {
        const signal = AbortSignal.timeout(PATIENCE_MS);
        const plan = makePlan(desired, await driver.read({ inFlight: true }, signal), wanted.revision);
        await driver.apply(plan, wanted, true, signal);
      });
    },
  };

  async function edited({ settings, nonsense, bind, template = (text) => text }: TemplateEdit): Promise<Structure> {
    const own = { ...config, binds: [...config.binds, ...(bind === undefined ? [] : [bind])] };
    const { dialect } = await openBalancer(own);
    const { sources, settings: parsed } = await running.structure({ ...SETTINGS, ...settings });
    const { config: configName, server: serverName } = dialect.templates;
    const edits = {
      [configName]: nonsense === 'config' ? withNonsense : template,
      [serverName]: (text: string) => (nonsense === 'server' ? `${text.trimEnd()} muster-nonsense` : text),
    };
    const texts = Object.entries(sources).map(([name, text]) => [name, edits[name]?.(text) ?? text] as const);
    return makeStructure(Object.fromEntries(texts), parsed, siteOf(own, dialect));
  }

  function withNonsense(text: string): string {
    const { after, line } = NONSENSE[program.name];
    // An edit that changes nothing would prove nothing.
    if (!text.includes(after)) throw new Error(`the template has no ${JSON.stringify(after)}`);
    return text.replace(after, after + line);
  }
}

/** The server of an app. */
export function serverOf({ name, port }: DriverApp, patch: Partial<DesiredServer> = {}): DesiredServer {
  return { ...SAMPLE_SERVER, name, address: '127.0.0.1', port, ...patch };
}
