import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Env, errorCode, errorMessage, MusterError } from '@muster/membership';
import { parseSettings, type Settings } from '../settings.js';
import { makeStructure, type Site, type Structure, type TemplateSources } from './structure.js';

/** Where the parts of a structure lie. */
export interface StructureFiles {
  readonly templateDir: string;
  /** `NAME=value` lines over the environment's settings; null or a missing file = none. */
  readonly settingsFile: string | null;
  readonly env: Env;
  readonly site: Site;
}

/** Reads templates and settings and makes the structure of them. Rejects with `template-invalid` or `settings-invalid`. */
export async function loadStructure({ templateDir, settingsFile, env, site }: StructureFiles): Promise<Structure> {
  const { config, server } = site.dialect.templates;
  const [text, ...sources] = await Promise.all([
    settingsFile === null ? '' : readSettings(settingsFile),
    readTemplate(templateDir, config),
    readTemplate(templateDir, server),
  ]);
  const settings = parseSettings(env, text, settingsFile ?? '');
  return makeStructure({ [config]: sources[0] ?? '', [server]: sources[1] ?? '' }, settings, site);
}

/** The structure that was accepted last, as it was kept on disk. */
export function restoreStructure(
  kept: { sources: TemplateSources; settings: Readonly<Record<string, string>> },
  site: Site,
): Structure {
  const settings: Settings = parseSettings(kept.settings, '', '');
  return makeStructure(kept.sources, settings, site);
}

async function readTemplate(dir: string, name: string): Promise<string> {
  try {
    return await readFile(join(dir, name), 'utf8');
  } catch (cause) {
    throw new MusterError('template-invalid', `reading template ${join(dir, name)} failed: ${errorMessage(cause)}`, {
      cause,
    });
  }
}

async function readSettings(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return '';
    throw new MusterError('settings-invalid', `reading settings ${path} failed: ${errorMessage(cause)}`, { cause });
  }
}
