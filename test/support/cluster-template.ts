import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';

/** Appends text to the cluster's own copy of the HAProxy template, as an operator's editor would; gives back how to undo it. */
export function appendToTemplate(cluster: Cluster, text: string): () => void {
  const file = join(cluster.templateDir, 'haproxy.cfg.hbs');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, `${before}\n${text}\n`);
  return () => writeFileSync(file, before);
}
