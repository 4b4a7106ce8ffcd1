import { execFile } from 'node:child_process';

export interface DockerOptions {
  /** Instead of the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs the docker command line tool, without a shell, and gives what it wrote to stdout, without the last newline. */
export function docker(args: readonly string[], options: DockerOptions = {}): Promise<string> {
  return runTool('docker', args, options);
}

/** Any other tool of the host, under the same rules; rejects with everything that it wrote. */
export function runTool(tool: string, args: readonly string[], options: DockerOptions = {}): Promise<string> {
  const { env, cwd, signal, deadlineMs = 60_000 } = options;
  const settings = { env: env ?? process.env, cwd, timeout: deadlineMs, maxBuffer: MAX_OUTPUT_BYTES, signal };
  return new Promise((resolve, reject) => {
    execFile(tool, [...args], settings, (failure, stdout, stderr) => {
      if (failure === null) return resolve(stdout.trimEnd());
      const how = failure.killed
        ? `did not end within ${deadlineMs} ms`
        : `ended with ${failure.code ?? failure.signal}`;
      const output = `${stdout}${stderr}`.trimEnd();
      reject(new Error(`${tool} ${args.join(' ')} ${how}:\n${output}`, { cause: failure }));
    });
  });
}
