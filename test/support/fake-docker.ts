import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A `docker` for PATH that plays one Compose cluster. */
export interface FakeDocker {
  /** For the program under test: PATH has this `docker` first. */
  readonly env: NodeJS.ProcessEnv;
  /** Every call: its folder and its arguments. */
  calls(): string[];
  remove(): void;
}

/** Answers `compose port` and `compose exec` with these lines; without a line the call fails, as for a stopped service. */
export function fakeDocker(answers: { readonly port?: string; readonly token?: string }): FakeDocker {
  const folder = mkdtempSync(join(tmpdir(), 'muster-docker-'));
  const log = join(folder, 'calls');
  const answer = (line: string | undefined) => (line === undefined ? 'echo no >&2; exit 1' : `echo '${line}'`);
  const script = [
    '#!/bin/sh',
    `echo "$PWD $*" >> '${log}'`,
    'case "$1 $2" in',
    `  'compose port') ${answer(answers.port)};;`,
    `  'compose exec') ${answer(answers.token)};;`,
    '  *) exit 64;;',
    'esac',
  ];
  writeFileSync(join(folder, 'docker'), `${script.join('\n')}\n`, { mode: 0o755 });
  return {
    env: { PATH: `${folder}:${process.env.PATH}` },
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
