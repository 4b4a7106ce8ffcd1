import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHaConfig } from '../../ha/src/config.js';
import { parseSettings } from '../../ha/src/settings.js';
import { readAgentConfig } from '../../membership/src/agent/config.js';
import { readInstanceConfig } from '../../membership/src/instance/config.js';
import { parseConfig } from '../../webapp/src/config.js';
import { namesReadBy, readDotEnv, settingOf } from '../support/settings.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DECISIONS = readdirSync(join(ROOT, 'docs/adr')).map((name) => `docs/adr/${name}`);
const PAGES = [
  'docs/balancing.md',
  'docs/behind-a-load-balancer.md',
  'docs/aws.md',
  'infra/README.md',
  'logs/balancing/README.md',
  'logs/aws/README.md',
  'docs/images.md',
  'docs/from-the-lab.md',
  'logs/README.md',
];
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'webapp/README.md', ...PAGES, ...DECISIONS];

/** Read from the environment, but not settings of Muster: they belong to the system or pass between our own processes. */
const FOREIGN = [
  'PATH',
  'CI',
  'TERM',
  'NO_COLOR',
  'XDG_RUNTIME_DIR',
  'SUMMARY_FILE',
  'AWS_REGION',
  'REQUIRE_TERRAFORM',
  'TF_PLUGIN_DIR',
  'INSTANCE_ID',
];

type Env = Record<string, string | undefined>;

describe('.env', () => {
  const documented = readDotEnv();

  it('explains every setting that the code reads, and no other', () => {
    assert.deepEqual(sorted(Object.keys(documented)), sorted(settingsInCode()));
  });

  it('explains each setting once, under a comment', () => {
    const lines = read('.env').split('\n');
    const names = lines.flatMap((line) => settingOf(line)?.name ?? []);
    assert.equal(new Set(names).size, names.length, 'a setting stands twice');
    const bare = lines.filter((line, index) => settingOf(line) && !isExplained(lines, index));
    assert.deepEqual(bare, []);
  });

  it('shows the defaults of the watcher', () => {
    const needed = { RUN_DIR: '/run/muster', REGISTRY_DIR: '/run/registry' };
    assert.deepEqual(readHaConfig({ ...documented, ...needed }), readHaConfig(needed));
    assert.deepEqual(parseSettings(documented, '', ''), parseSettings({}, '', ''));
  });

  it('shows the defaults of the agent', () => {
    const needed = { REGISTRY_DIR: '/run/registry', MEMBER_ADDRESS: '10.0.0.1' };
    assert.deepEqual(agentSettings({ ...documented, ...needed }), agentSettings(needed));
  });

  it('shows the defaults of the instance agent', () => {
    const needed = { REGISTRY_DIR: '/run/registry' };
    assert.deepEqual(readInstanceConfig({ ...documented, ...needed }), readInstanceConfig(needed));
  });

  it('shows the defaults of the webapp', () => {
    assert.deepEqual(parseConfig(documented), parseConfig({}));
  });

  it('holds no secret', () => {
    const secrets = Object.entries(documented).filter(([name]) => /TOKEN|SECRET|KEY$/.test(name));
    assert.deepEqual(
      secrets.filter(([, value]) => value !== ''),
      [],
    );
  });
});

describe('the documents', () => {
  it('name only muster commands that exist, with options that exist', () => {
    const { commands, options } = cliWords();
    for (const document of DOCUMENTS) {
      for (const [, command = '', rest = ''] of read(document).matchAll(/npx muster ([a-z]+)([^`\n|]*)/g)) {
        assert.ok(commands.has(command), `${document}: there is no \`muster ${command}\``);
        const own = rest.split(' -- ')[0] ?? '';
        for (const [option] of own.matchAll(/--[a-z][a-z-]*/g))
          assert.ok(options.has(option), `${document}: \`muster ${command}\` has no ${option}`);
      }
    }
  });

  it('name every muster command in the table of the README', () => {
    const { commands } = cliWords();
    const missing = [...commands].filter((command) => !read('README.md').includes(`npx muster ${command}`));
    assert.deepEqual(missing, []);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const document of DOCUMENTS) {
      for (const [, name = '', run = ''] of read(document).matchAll(/npm (start|test|run ([a-z:]+))/g)) {
        assert.ok((run || name) in scripts, `${document}: there is no npm script for \`npm ${name}\``);
      }
    }
  });

  it('name only settings that exist', () => {
    const known = new Set([...settingsInCode(), ...FOREIGN]);
    for (const document of DOCUMENTS) {
      for (const [, name = ''] of read(document).matchAll(/\b([A-Z]{2,}(?:_[A-Z]+)+)\b/g))
        assert.ok(known.has(name), `${document}: there is no setting ${name}`);
    }
  });

  it('name only files and folders that exist', () => {
    const path = /[`(]((?:membership|ha|webapp|cli|test|bench|docs)\/[\w./-]+|[A-Z]+\.md|\.env|LICENSE)[`)]/g;
    for (const document of DOCUMENTS) {
      for (const [, name = ''] of read(document).matchAll(path)) {
        if (name.includes('/dist/')) continue;
        assert.ok(existsSync(join(ROOT, name)), `${document}: there is no ${name}`);
      }
    }
  });

  it('keep a decision within one page', () => {
    for (const decision of DECISIONS) {
      const text = read(decision);
      assert.ok(text.trimEnd().split('\n').length <= 40, `${decision} has more than 40 lines`);
      for (const part of ['Context', 'Decision', 'Consequences'])
        assert.ok(text.includes(`## ${part}`), `${decision} has no ${part}`);
    }
  });
});

/** One comment may stand for settings that follow one another. */
function isExplained(lines: readonly string[], index: number): boolean {
  const before = lines.slice(0, index).findLast((line) => !settingOf(line)) ?? '';
  return before.startsWith('# ');
}

/** What the parsers ask for, what the webapp's schema names, and what is read without a schema. */
function settingsInCode(): string[] {
  const parsed = [readHaConfig, readAgentConfig, readInstanceConfig, (env: Env) => parseSettings(env, '', '')].flatMap(
    namesReadBy,
  );
  const webapp = [...read('webapp/src/config.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1] ?? '');
  const sources = ['membership/src', 'ha/src', 'webapp/src', 'cli/src', 'cli/bootstrap', 'test/support'];
  const direct = sources.flatMap(sourceFiles).flatMap((file) => {
    const names = [...read(file).matchAll(/\benv\.([A-Z][A-Z0-9_]+)/g)].map((match) => match[1] ?? '');
    // The tests' own helpers pass many names on; only these are for people.
    return file.startsWith('test/') ? names.filter((name) => /^MUSTER_|_BIN$/.test(name)) : names;
  });
  return [...new Set([...parsed, ...webapp, ...direct, ...composeVariables(), ...imageVariables()])].filter(
    (name) => !FOREIGN.includes(name),
  );
}

/** What the scripts of the images read. */
function imageVariables(): string[] {
  const folder = 'membership/rootfs/etc/s6-overlay';
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const scripts = names.map((name) => join(folder, name)).filter((path) => statSync(join(ROOT, path)).isFile());
  return scripts.flatMap((path) => [...read(path).matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1] ?? ''));
}

/** What only docker compose reads, and the profile that it starts. */
function composeVariables(): string[] {
  const used = read('docker-compose.yml').matchAll(/\$\{([A-Z0-9_]+)/g);
  return ['COMPOSE_PROFILES', ...[...used].map((match) => match[1] ?? '')];
}

function agentSettings(env: Env) {
  const { self, ...rest } = readAgentConfig(env);
  return { ...rest, self: { ...self, boot: 'differs at each start' } };
}

/** Names of the subcommands and their long options, as the sources declare them. */
function cliWords(): { commands: Set<string>; options: Set<string> } {
  const text = sourceFiles('cli/src').map(read).join('\n');
  const commands = [...text.matchAll(/(?:\.command|operationCommand)\(\s*'([a-z]+)'/g)].map((match) => match[1] ?? '');
  const options = [...text.matchAll(/\.option\(\s*'(?:-\w, )?(--[a-z-]+)/g)].map((match) => match[1] ?? '');
  return { commands: new Set(commands), options: new Set([...options, '--help']) };
}

function sourceFiles(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /\.(ts|mjs)$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort();
}
