import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { holdsProvider, searchMirror } from './mirror.js';

/** What the search looks at; tests give folders of their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Where the user started us: `terraform.d/plugins` there is a mirror. */
  readonly folder: string;
  /** Where machines keep what their owners install. */
  readonly prefixes: readonly string[];
  readonly platform: string;
}

/** How `terraform init` comes to the provider. */
export interface ProviderWay {
  /** For messages. */
  readonly found: string;
  /** Added to `terraform init`. */
  readonly initArguments: readonly string[];
  /** `TF_CLI_CONFIG_FILE` where it names a file: of one that is missing Terraform only warns, on every call. */
  readonly env: Readonly<Record<string, string>>;
  /** Found nowhere: init downloads it. */
  readonly isRegistry: boolean;
}

const DEPTH = 3;

/**
 * Finds the AWS provider without a path in the code: TF_PLUGIN_DIR, the user's CLI configuration, the mirrors Terraform
 * knows by itself, then a search below home and the usual prefixes. What is nowhere is left to the registry.
 * @throws where TF_PLUGIN_DIR is set and holds no provider for this platform
 */
export function locateProvider(around: Surroundings): ProviderWay {
  return fromVariable(around) ?? fromCliConfig(around) ?? fromKnownMirrors(around) ?? fromSearch(around) ?? REGISTRY;
}

const BY_ITSELF = { initArguments: [], env: {}, isRegistry: false };
const REGISTRY: ProviderWay = { ...BY_ITSELF, found: 'the public registry', isRegistry: true };

function fromVariable({ env, platform }: Surroundings): ProviderWay | null {
  const folder = env.TF_PLUGIN_DIR;
  if (!folder) return null;
  if (holdsProvider(folder, platform)) return inMirror(folder);
  throw new Error(
    `TF_PLUGIN_DIR is ${folder}, which holds no aws provider for ${platform}: it has to be a mirror as ` +
      '`terraform providers mirror` makes it, or unset',
  );
}

/** Only Terraform reads it: it may name a mirror, a development build or nothing about providers. */
function fromCliConfig({ env, home }: Surroundings): ProviderWay | null {
  const named = env.TF_CLI_CONFIG_FILE;
  if (named && existsSync(named))
    return { ...BY_ITSELF, found: configuration(named), env: { TF_CLI_CONFIG_FILE: named } };
  const own = join(home, '.terraformrc');
  return existsSync(own) ? { ...BY_ITSELF, found: configuration(own) } : null;
}

function configuration(file: string): string {
  return `the CLI configuration ${file}`;
}

function fromKnownMirrors({ env, home, folder, platform }: Surroundings): ProviderWay | null {
  const data = [
    env.XDG_DATA_HOME ?? join(home, '.local/share'),
    ...list(env.XDG_DATA_DIRS, '/usr/local/share:/usr/share'),
  ];
  const known = [join(home, '.terraform.d/plugins'), ...data.map((base) => join(base, 'terraform/plugins'))];
  const mirror = known.find((one) => holdsProvider(one, platform));
  if (mirror !== undefined) return { ...BY_ITSELF, found: `the mirror ${mirror}` };
  // Terraform looks for this one where it runs, and it runs in a copy.
  const own = join(folder, 'terraform.d/plugins');
  return holdsProvider(own, platform) ? inMirror(own) : null;
}

function fromSearch({ home, prefixes, platform }: Surroundings): ProviderWay | null {
  const mirror = searchMirror([home, ...prefixes], platform, DEPTH);
  return mirror === null ? null : inMirror(mirror);
}

function inMirror(folder: string): ProviderWay {
  return { ...BY_ITSELF, found: `the mirror ${folder}`, initArguments: [`-plugin-dir=${folder}`] };
}

function list(value: string | undefined, otherwise: string): string[] {
  return (value || otherwise).split(':').filter(Boolean);
}
