import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('./launcher.py', import.meta.url));

/** Says where Python itself is, whatever wrapper was called, and fails where it has no moto. */
const ASK = 'import importlib.util as u, sys; sys.exit(print(sys.executable) if u.find_spec("moto") else 1)';

const STARTS_WITHIN_MS = 60_000;
const LOG_LINES = 60;

/** What every AWS client needs to find the mock and nothing else; `test` and `test` are no keys of anybody. */
export interface MotoEnv extends Record<string, string> {
  readonly AWS_ENDPOINT_URL: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_REGION: string;
}

/** For `Moto.start` where neither AWS's managed policies nor its images are asked for: it is up in half the time. */
export const SMALL_MOTO = { MOTO_IAM_LOAD_MANAGED_POLICIES: 'false', MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' } as const;

/** A mock of AWS on 127.0.0.1, with what moto lacks filled in by `launcher.py`. It ends with this process at the latest. */
export class Moto {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #log: string[];

  private constructor(url: string, child: ChildProcess, log: string[]) {
    this.url = url;
    this.#child = child;
    this.#log = log;
  }

  /** Starts it and waits until it listens. `env` is for moto's own settings. */
  static async start(python: string, env: Readonly<Record<string, string>> = {}): Promise<Moto> {
    const { PATH = '', TEST_RUN = '' } = process.env;
    const child = spawn(python, [LAUNCHER], { stdio: 'pipe', env: { PATH, TEST_RUN, ...env } });
    const log: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (log.push(line) > LOG_LINES) log.shift();
    });
    try {
      return new Moto(await firstLine(child), child, log);
    } catch (cause) {
      child.kill('SIGKILL');
      throw new Error(`moto of ${python} did not start:\n${log.join('\n')}`, { cause });
    }
  }

  get env(): MotoEnv {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-central-1',
    };
  }

  /** For the clients of the AWS SDK. */
  get client() {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region } = this.env;
    return { endpoint: this.url, region, credentials: { accessKeyId, secretAccessKey } };
  }

  /** From now on signatures and policies are checked, as AWS does. */
  async checkAuth(): Promise<void> {
    await fetch(`${this.url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  }

  /** The last requests, and what went wrong in moto itself. */
  logTail(): string {
    return this.#log.join('\n');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** The Python that has moto: `PYTHON_BIN`, or the first one on PATH that has it; null where there is none. */
export function findPythonWithMoto(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = process.env.PYTHON_BIN
    ? [process.env.PYTHON_BIN]
    : folders.flatMap((folder) => [join(folder, 'python3'), join(folder, 'python')]);
  for (const candidate of candidates) {
    const { status, stdout } = spawnSync(candidate, ['-c', ASK], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  return null;
}

/**
 * For `before` hooks, with mocha's `this`. Without moto the suite is skipped with a line that cannot be missed; under
 * `REQUIRE_TERRAFORM=1` it fails, because a skipped suite proves nothing.
 */
export function requirePythonWithMoto(context: { skip(): void }): string {
  const found = findPythonWithMoto();
  if (found !== null) return found;
  const message = 'no Python with moto was found: `pip install "moto[server]>=5.2,<6"`, or set PYTHON_BIN';
  if (process.env.REQUIRE_TERRAFORM === '1') throw new Error(message);
  console.error(`\n  !!! SKIPPED: ${message}\n`);
  context.skip();
  // mocha's skip throws; this line tells the compiler so.
  throw new Error(message);
}

/** The launcher says one thing on stdout: where it listens. */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within ${STARTS_WITHIN_MS} ms`)), STARTS_WITHIN_MS);
    const fail = (failure: Error) => {
      clearTimeout(timer);
      reject(failure);
    };
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`it ended with ${code}`)));
    child.stdout?.once('data', (text: Buffer) => {
      clearTimeout(timer);
      resolve(text.toString().trim());
    });
  });
}
