// `npm start`: installs what is missing, builds, and hands over to `muster up`.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ensureBalancer } from './balancer.mjs';
import { build } from './build.mjs';
import { withCheckoutLock } from './checkout-lock.mjs';
import { chosenBalancer } from './chosen-balancer.mjs';
import { installDependencies } from './dependencies.mjs';
import { ROOT, report } from './run.mjs';

const PARENT_CHECK_MS = 500;
const args = process.argv.slice(2);

try {
  process.exitCode = await up(await withCheckoutLock(prepare));
} catch (failure) {
  process.exitCode = report(failure);
}

/** @returns {Promise<NodeJS.ProcessEnv>} the environment for the cluster */
async function prepare() {
  await installDependencies();
  const balancer = chosenBalancer(args, process.env);
  const program = balancer ? await ensureBalancer(balancer) : {};
  await build();
  return { ...process.env, ...program };
}

/**
 * Runs the cluster in the foreground and gives its exit code. This process outlives it whatever happens, because a
 * shell that prompts while the cluster still stops would look like a leak.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
function up(env) {
  const main = path.join(ROOT, 'cli/dist/main.js');
  const cluster = spawn(process.execPath, [main, 'up', ...args], { env, stdio: 'inherit' });
  forwardSignals(cluster);
  stopWithParent(cluster);
  return new Promise((resolve, reject) => {
    cluster.on('error', reject);
    cluster.on('exit', (code, signal) => resolve(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)));
  });
}

/**
 * A terminal sends Ctrl-C to every process of the foreground job, so the cluster has its SIGINT already (and npm sends
 * us a second one): passing it on would be the impatient second Ctrl-C. Without a terminal nobody else passes it on.
 * @param {import('node:child_process').ChildProcess} cluster
 */
function forwardSignals(cluster) {
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) cluster.kill('SIGINT');
  });
  process.on('SIGTERM', () => cluster.kill('SIGTERM'));
  process.on('SIGHUP', () => cluster.kill('SIGHUP'));
}

/**
 * npm starts us through a shell, and a signal to npm ends that shell without reaching us. Losing the parent is then the
 * only sign that nobody wants the cluster any more.
 * @param {import('node:child_process').ChildProcess} cluster
 */
function stopWithParent(cluster) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    cluster.kill('SIGTERM');
  }, PARENT_CHECK_MS);
  watch.unref();
}
