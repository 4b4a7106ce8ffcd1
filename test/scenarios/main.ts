import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { requireEngine } from '../support/docker/engine.js';
import { killLoads } from '../support/load.js';
import { aws } from './aws/aws.js';
import { balancing } from './balancing/balancing.js';
import { lab } from './lab.js';
import type { Scenario, ScenarioOptions } from './scenario.js';

const SCENARIOS: readonly Scenario[] = [lab, balancing, aws];
const LOGS = fileURLToPath(new URL('../../logs/', import.meta.url));

const HELP = `Usage: npm run scenarios [-- NAME...] [--keep]

Runs clusters and records in logs/ what they do. Without a name: lab.

${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}

  --keep     leave the cluster running at the end
  --help     this text

For lab a Docker engine with Compose is needed, Linux, and root; for balancing HAProxy and NGINX; for aws HAProxy, Consul, and Python with moto. Ctrl-C takes everything down and leaves logs/ as it was.
`;

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

async function main(): Promise<number> {
  const chosen = parse(process.argv.slice(2));
  if (typeof chosen === 'string') {
    process.stderr.write(`scenarios: ${chosen}\n\n${HELP}`);
    return EXIT.usage;
  }
  if (chosen.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const signal = abortOnCtrlC();
  // A promise of `fetch` may be all that is waited for, and that does not keep Node running.
  const alive = setInterval(() => undefined, 60_000);
  try {
    await runAll(chosen.scenarios, { logs: LOGS, keep: chosen.keep, signal, say });
    return EXIT.ok;
  } catch (failure) {
    if (signal.aborted) return EXIT.interrupted;
    process.stderr.write(`scenarios: ${failure instanceof Error ? failure.message : String(failure)}\n`);
    return EXIT.failed;
  } finally {
    clearInterval(alive);
  }
}

async function runAll(scenarios: readonly Scenario[], options: ScenarioOptions): Promise<void> {
  if (scenarios.some(({ needsDocker }) => needsDocker)) {
    await requireEngine({
      skip() {
        throw new Error('nothing was recorded');
      },
    });
  }
  for (const scenario of scenarios) {
    say(`${scenario.name}: ${scenario.about}`);
    await scenario.run(options);
  }
}

interface Chosen {
  readonly scenarios: readonly Scenario[];
  readonly keep: boolean;
  readonly help: boolean;
}

/** What is asked for, or what is wrong with it. */
function parse(args: string[]): Chosen | string {
  try {
    const options = { keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const unknown = positionals.find((name) => !SCENARIOS.some((one) => one.name === name));
    if (unknown !== undefined) return `there is no scenario "${unknown}"`;
    const names = positionals.length === 0 ? [lab.name] : positionals;
    const scenarios = SCENARIOS.filter(({ name }) => names.includes(name));
    return { scenarios, keep: values.keep ?? false, help: values.help ?? false };
  } catch (failure) {
    return (failure as Error).message;
  }
}

/** Waits that depend on the load end at once; the others end by their own deadlines. */
function abortOnCtrlC(): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!abort.signal.aborted) say('stopped: taking everything down');
      abort.abort(new Error('stopped'));
      killLoads();
    });
  }
  return abort.signal;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exit(await main());
