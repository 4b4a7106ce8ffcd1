import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { errorMessage } from '@muster/membership';
import { z } from 'zod';
import { BALANCER_NAMES, type BalancerProgram, findBalancer, findProgram, kindOf } from '../up/balancer.js';
import { type Finding, ok } from './finding.js';

const DEADLINE_MS = 30_000;

/** What `main.js doctor` of the balancer's room prints. */
const examination = z.object({
  report: z.array(z.string()).min(1),
  warnings: z.array(z.string()),
  problem: z.string().nullable(),
});

/** The balancer that a cluster would use, and then the other one. */
export async function examineBalancers(
  option: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  const chosen = option || env.BALANCER || 'haproxy';
  const others = BALANCER_NAMES.filter((name) => name !== chosen).slice(0, 1);
  return Promise.all([examineChosen(option, env), ...others.map((name) => examineOther(name, env))]);
}

async function examineChosen(option: string | undefined, env: NodeJS.ProcessEnv): Promise<Finding> {
  try {
    const program = findBalancer(option, env);
    const { report, warnings, problem } = await examine(program, env);
    const [found = program.path, ...details] = report;
    const about = 'balancer';
    if (problem !== null) return { about, state: 'problem', found, details, advice: problem };
    if (warnings.length > 0) return { about, state: 'warning', found, details, advice: warnings.join('; ') };
    return ok(about, found, details);
  } catch (thrown) {
    const advice = 'a cluster cannot start without it';
    return { about: 'balancer', state: 'problem', found: errorMessage(thrown), details: [], advice };
  }
}

async function examineOther(name: (typeof BALANCER_NAMES)[number], env: NodeJS.ProcessEnv): Promise<Finding> {
  const kind = kindOf(name);
  const path = findProgram(kind, env);
  if (path === null) return ok('other balancer', `no ${kind.label}; it is needed for BALANCER=${name} only`);
  try {
    const { report } = await examine({ ...kind, path }, env);
    return ok('other balancer', `${report[0]}; BALANCER=${name} chooses it`);
  } catch (thrown) {
    const advice = `it is needed for BALANCER=${name} only`;
    return { about: 'other balancer', state: 'warning', found: errorMessage(thrown), details: [], advice };
  }
}

/** Starts the watcher's program, because only it knows balancers. It writes nothing: directories are asked for, not used. */
async function examine({ name, setting, path }: BalancerProgram, env: NodeJS.ProcessEnv) {
  const main = fileURLToPath(import.meta.resolve('@muster/ha/main'));
  const unused = { REGISTRY: 'file', REGISTRY_DIR: tmpdir(), RUN_DIR: tmpdir() };
  const settings = { ...env, ...unused, BALANCER: name, [setting]: path };
  const output = await outputOf(process.execPath, [main, 'doctor'], settings);
  return examination.parse(JSON.parse(output));
}

/** Rejects with what the program said, in one line. */
function outputOf(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { env, timeout: DEADLINE_MS }, (failure, stdout, stderr) => {
      if (failure === null) resolve(stdout);
      else reject(new Error(stderr.trim().replaceAll(/\s+/g, ' ') || failure.message));
    });
  });
}
