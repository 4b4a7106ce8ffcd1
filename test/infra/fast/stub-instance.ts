import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Notes how it was called, then does what the file `answers/NAME` says, if there is one. */
const STUB = `#!/bin/bash
name=\${0##*/}
printf '%s\\n' "$name $*" >>"$STUBS/calls"
[ ! -f "$STUBS/answers/$name" ] || . "$STUBS/answers/$name"
`;
/** As the real one it refuses a program that is not there; the others `expire` runs. */
const SYSTEMD_RUN = `while [[ $1 == -* ]]; do shift; done
[ -x "$1" ] || { echo "Failed to find executable $1" >&2; exit 1; }
printf '%q ' "$@" >"$STUBS/timer"
`;
const NAMES = ['aws', 'chown', 'dnf', 'docker', 'journalctl', 'systemctl', 'systemd-cat', 'systemd-run', 'uname'];
const DEADLINE_MS = 60_000;

export interface Ended {
  readonly code: number | null;
  /** stdout and stderr. */
  readonly output: string;
}

/**
 * A folder that stands for the root of an instance, and stubs for the programs that would change this machine or call AWS;
 * everything else, bash and curl above all, is the real one.
 */
export class StubInstance {
  readonly folder = mkdtempSync(join(tmpdir(), 'muster-instance-'));
  readonly root = join(this.folder, 'root');
  /** What systemd makes of RuntimeDirectory=muster. */
  readonly run = join(this.folder, 'run');
  readonly #env: Readonly<Record<string, string>>;

  /** @param endpoint where the instance metadata service answers */
  constructor(endpoint: string) {
    for (const name of ['root', 'run', 'bin', 'answers', 'cwd']) mkdirSync(join(this.folder, name));
    for (const name of NAMES) writeFileSync(join(this.folder, 'bin', name), STUB, { mode: 0o755 });
    this.#env = {
      PREFIX: this.root,
      RUNTIME_DIRECTORY: this.run,
      STUBS: this.folder,
      RETRY_SECONDS: '0',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint,
    };
    this.answer('uname', 'echo x86_64');
    this.answer('systemd-cat', 'cat >/dev/null');
    this.answer('systemd-run', SYSTEMD_RUN);
  }

  /** What a stub does from now on: lines of bash. */
  answer(name: string, lines: string): void {
    writeFileSync(join(this.folder, 'answers', name), `${lines}\n`);
  }

  /** The parameters that SSM holds. */
  parameters(values: Readonly<Record<string, string>>): void {
    const known = Object.entries(values).map(([name, value]) => `  *' --name ${name} '*) echo ${quoted(value)} ;;`);
    this.answer('aws', ['case " $* " in', ...known, '  *) echo ParameterNotFound >&2; exit 254 ;;', 'esac'].join('\n'));
  }

  /** Runs the user data. */
  boot(script: string): Promise<Ended> {
    writeFileSync(join(this.folder, 'user-data'), script);
    return this.#run(join(this.folder, 'user-data'), []);
  }

  /** Runs what muster.service runs at its start, up to the first one that fails. */
  async start(): Promise<Ended> {
    const unit = this.file('etc/systemd/system/muster.service').toString();
    let ended: Ended = { code: null, output: 'muster.service runs nothing' };
    for (const [, name = '', args = ''] of unit.matchAll(/^ExecStart(?:Pre)?=\/opt\/muster\/bin\/(\w+) ?(.*)$/gm)) {
      ended = await this.call(name, args.split(' ').filter(Boolean));
      if (ended.code !== 0) break;
    }
    return ended;
  }

  /** Lets the time of the timer pass that was set by systemd-run; gives null where there is none. */
  async expire(): Promise<Ended | null> {
    const timer = join(this.folder, 'timer');
    if (!existsSync(timer)) return null;
    const command = readFileSync(timer, 'utf8').replaceAll('/opt/muster', join(this.root, 'opt/muster'));
    writeFileSync(join(this.folder, 'expired'), command);
    return this.#run(join(this.folder, 'expired'), []);
  }

  /** Has no folder where one has to be. */
  block(path: string): void {
    writeFileSync(join(this.root, path), '');
  }

  /** Runs a program of `/opt/muster/bin`. */
  call(name: string, args: readonly string[] = []): Promise<Ended> {
    return this.#run(join(this.root, 'opt/muster/bin', name), args);
  }

  /** The same without stubs: with the real Docker. */
  callReal(name: string, args: readonly string[] = []): Promise<Ended> {
    return this.#run(join(this.root, 'opt/muster/bin', name), args, process.env.PATH);
  }

  async #run(script: string, args: readonly string[], path = this.#stubbedPath()): Promise<Ended> {
    const env = { ...this.#env, PATH: path, HOME: this.folder, TEST_RUN: process.env.TEST_RUN };
    const child = spawn('bash', [script, ...args], { cwd: join(this.folder, 'cwd'), env, timeout: DEADLINE_MS });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [code] = await once(child, 'close');
    return { code, output: Buffer.concat(chunks).toString() };
  }

  #stubbedPath(): string {
    return `${join(this.folder, 'bin')}:${process.env.PATH}`;
  }

  /** How the stubs were called, in order: `docker compose up`. */
  calls(): string[] {
    const file = join(this.folder, 'calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  /** A file of the instance, byte for byte. */
  file(path: string): Buffer {
    return readFileSync(join(this.root, path));
  }

  exists(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  /** Permission bits of a file below the root, or of one on tmpfs (`run:`), as in 0600. */
  mode(path: string): string {
    const file = path.startsWith('run:') ? join(this.run, path.slice(4)) : join(this.root, path);
    return (statSync(file).mode & 0o7777).toString(8).padStart(4, '0');
  }

  /** Everything that outlives a reboot, as one text. */
  disk(): string {
    const files = readdirSync(this.root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
  }

  /** What a script left behind in the folder where it ran. */
  leftovers(): string[] {
    return readdirSync(join(this.folder, 'cwd'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
