import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TwoInstances } from '../../support/moto/two-instances.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Gives each text the names that it has in every recording: ids of instances, ports, and what is made anew at each start. */
export function plainNames({ group }: TwoInstances): (text: string) => string {
  const [first = '', second = ''] = group.instanceIds;
  return (text) =>
    text
      .replaceAll(first, 'i-first')
      .replaceAll(second, 'i-second')
      .replace(/(127\.0\.0\.\d+):\d+/g, '$1:<port>')
      .replace(/\b(port=)\d+/g, '$1<port>')
      .replaceAll(process.execPath, basename(process.execPath))
      .replace(/ {2}boot=[0-9a-f]{16}/g, '');
}

/** What must not be in a recording: paths of this machine, real ids. */
export function leaksOf(text: string): string[] {
  const found = [ROOT, '/tmp/', '/dev/shm', process.execPath].filter((one) => text.includes(one));
  return [...found, ...(text.match(/\bi-[0-9a-f]{8,}\b/g) ?? [])];
}
