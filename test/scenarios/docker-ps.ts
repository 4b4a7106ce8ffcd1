import { docker } from '../support/docker/docker.js';
import type { Plain } from './cluster-text.js';
import { byName } from './seen.js';
import { textTable } from './text-table.js';

const TITLES = ['NAMES', 'IMAGE', 'COMMAND', 'STATUS', 'PORTS'];
const FORMAT = '{{.Names}}\t{{.Image}}\t{{.Command}}\t{{.Status}}\t{{.Ports}}';

/** `docker ps --all` of a project, without ids and ages. */
export async function dockerPs(project: string, plain: Plain): Promise<string> {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  const text = await docker(['ps', '--all', ...filter, '--format', FORMAT]);
  const rows = plain(text)
    .split('\n')
    .map((line) => psRow(line.split('\t')));
  return textTable(
    TITLES,
    rows.sort(([a = ''], [b = '']) => byName(a, b)),
  );
}

/** How long ago, and how far the health check has come, is another thing each time. */
export function psRow([names = '', image = '', command = '', status = '', ports = '']: readonly string[]): string[] {
  const age = /\s*(?:Less than a second|About an? \w+|\d+ \w+)(?: ago)?(?: \(.*\))?$/;
  return [names, image, command, status.replace(age, ''), ports];
}
