import { execFile } from 'node:child_process';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { errorMessage, MusterError } from '@muster/membership';

/** The config file that HAProxy starts and reloads from. Replaced only whole: write, fsync, rename. */
export interface ConfigFile {
  readonly path: string;
  /** The text on disk, or null when there is none. */
  read(): Promise<string | null>;
  /** Synchronous on purpose: 0.02 ms on tmpfs (measured), and it stands on the hot path before the socket. */
  write(text: string): void;
  /** Rejects with `config-refused` and HAProxy's own reason when `haproxy -c` refuses `text`. Touches nothing. */
  check(text: string, signal: AbortSignal): Promise<void>;
}

export function configFile(path: string, binary: string): ConfigFile {
  /** What this process last saw on disk: spares the write of a file that is already there. */
  let written = '';
  return {
    path,
    async read() {
      try {
        written = await readFile(path, 'utf8');
        return written;
      } catch {
        written = '';
        return null;
      }
    },
    write(text) {
      if (text === written) return;
      written = '';
      replaceFile(path, text);
      written = text;
    },
    async check(text, signal) {
      const candidate = `${path}.candidate`;
      replaceFile(candidate, text);
      try {
        await runCheck(binary, candidate, signal);
      } finally {
        await rm(candidate, { force: true });
      }
    },
  };
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.new`;
  try {
    const file = openSync(temporary, 'w', 0o600);
    try {
      // Unlike `writeSync` it never stops half-way: all of it, or an error.
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new MusterError('config-unwritable', `writing ${path} failed: ${errorMessage(cause)}`, {
      retryable: true,
      cause,
    });
  }
}

function runCheck(binary: string, path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(binary, ['-c', '-f', path], { timeout: 10_000, signal, maxBuffer: 1 << 20 }, (error, stdout, stderr) => {
      if (!error) return resolve();
      reject(
        new MusterError(
          'config-refused',
          `HAProxy refuses the config: ${reasons(`${stderr}\n${stdout}`, path) || error.message}`,
          { cause: error },
        ),
      );
    });
  });
}

/** The lines that name a line of the config, without pids and paths: `line 12: unknown keyword 'foo'`. */
function reasons(output: string, path: string): string {
  const lines = output.split('\n').filter((line) => line.includes(path) && line.includes('['));
  const named = lines.map((line) =>
    line
      .replace(/^.*?\[.*?:(\d+)\]\s*:?\s*/, 'line $1: ')
      .replace(/^\[\w+\]\s*\(\d+\)\s*:\s*(config : )?/, '')
      .trim(),
  );
  return [...new Set(named)].slice(0, 5).join('; ').replaceAll(path, 'haproxy.cfg');
}
