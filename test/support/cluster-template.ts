import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';

/** Appends text to the cluster's own copy of the HAProxy template, as an operator's editor would. */
export function appendToTemplate(cluster: Cluster, text: string): void {
  const file = join(cluster.templateDir, 'haproxy.cfg.hbs');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n${text}\n`);
}

/** Puts the product's own template back, whatever a test that failed in the middle left behind. */
export function restoreTemplate(cluster: Cluster): void {
  const name = 'haproxy.cfg.hbs';
  const original = readFileSync(new URL(`../../ha/templates/${name}`, import.meta.url), 'utf8');
  const file = join(cluster.templateDir, name);
  if (readFileSync(file, 'utf8') !== original) writeFileSync(file, original);
}
