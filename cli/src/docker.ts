import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of docker-compose.yml: that of the checkout, wherever the command is called. */
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

const DEADLINE_MS = 5_000;
const MAX_OUTPUT_BYTES = 64 * 1024;

/** What `docker` prints, or null when it cannot: no Docker, no engine, no answer in time. */
export function askDocker(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    // SIGKILL, because a Docker client that waits for its engine may ignore anything else.
    const options = {
      cwd: CHECKOUT,
      env,
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
    } as const;
    execFile('docker', args, options, (failure, stdout) => resolve(failure ? null : stdout.trim()));
  });
}
