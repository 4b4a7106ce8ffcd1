import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A definition of a throw-away service tree: its files by name, and what it needs or, as a bundle, holds. */
export interface Definition {
  readonly type: 'longrun' | 'oneshot' | 'bundle';
  readonly needs?: readonly string[];
  readonly contents?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

export interface Tree {
  readonly services: Readonly<Record<string, Definition>>;
  /** What starts at boot. */
  readonly user: readonly string[];
}

/** Writes a tree to a new folder that anybody may read: `s6-rc.d` with the definitions, `user` with the bundle. */
export function writeTree({ services, user }: Tree): string {
  const folder = mkdtempSync(join(tmpdir(), 'muster-init-'));
  for (const [name, { type, needs = [], contents = [], files = {} }] of Object.entries(services)) {
    const home = join(folder, 's6-rc.d', name);
    write(join(home, 'type'), type);
    for (const [file, text] of Object.entries(files)) write(join(home, file), text);
    for (const one of contents) write(join(home, 'contents.d', one), '');
    if (type !== 'bundle') for (const one of ['base', ...needs]) write(join(home, 'dependencies.d', one), '');
  }
  write(join(folder, 'user/type'), 'bundle');
  for (const name of user) write(join(folder, 'user/contents.d', name), '');
  return folder;
}

/** What the services of `webapp` say while they start, and while they stop. */
export const STARTED = ['prep up', 'app ready', 'agent ready'] as const;
export const STOPPED = ['agent draining', 'app answers', 'agent gone', 'app TERM', 'prep down'] as const;

/** How a `longrun` of the sample services differs from the usual. */
export interface Longrun {
  readonly needs?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** Shell lines instead of telling that it is ready. */
  readonly start?: string;
  /** Shell lines for SIGTERM. */
  readonly stop?: string;
  readonly shebang?: string;
}

/** A service that says on stdout what happens to it, such as `app ready` and `app HUP`. */
export function longrun(name: string, options: Longrun = {}): Definition {
  const { needs = [], files = {}, start = 'ready', stop = 'say TERM; exit 0', shebang = '/bin/sh' } = options;
  const run = `#!${shebang}
say() { echo "${name} $1"; }
ready() { say ready; echo >&3; }
trap 'say HUP' HUP
trap 'say USR2' USR2
trap 'say answers; : >/run/answered' USR1
trap '${stop}' TERM
${start}
sleep infinity & child=$!
while :; do wait "$child"; done
`;
  return { type: 'longrun', needs, files: { run, 'notification-fd': '3\n', ...files } };
}

const ASK_APP = '/command/s6-svc -1 /run/service/app; until [ -e /run/answered ]; do sleep 0.02; done';

/** While it drains, the app has to answer. */
const AGENT = longrun('agent', { needs: ['app'], stop: `say draining; ${ASK_APP}; say gone; exit 0` });

/** One oneshot, an app on it and an agent on that: what the images of the product come to. */
export function webapp(changes: { readonly app?: Longrun; readonly agent?: Definition } = {}): Tree {
  const prep: Definition = {
    type: 'oneshot',
    files: { up: 'sh -c "rm -f /run/answered; echo prep up"\n', down: 'echo prep down\n' },
  };
  const app = longrun('app', { ...changes.app, needs: ['prep', ...(changes.app?.needs ?? [])] });
  return { services: { prep, app, agent: changes.agent ?? AGENT }, user: ['agent', 'app'] };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
