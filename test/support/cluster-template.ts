import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';

/** Adds text to the cluster's own copy of its balancer's template, as an operator's editor would: where sections may stand. */
export function addToTemplate(cluster: Cluster, text: string): void {
  const file = join(cluster.templateDir, templateOf(cluster));
  const before = readFileSync(file, 'utf8');
  const isNginx = cluster.options.balancer.name === 'nginx';
  writeFileSync(file, isNginx ? before.replace('http {\n', `http {\n${text}\n`) : `${before}\n${text}\n`);
}

/** Puts the product's own template back, whatever a test that failed in the middle left behind. */
export function restoreTemplate(cluster: Cluster): void {
  const name = templateOf(cluster);
  const original = readFileSync(new URL(`../../ha/templates/${name}`, import.meta.url), 'utf8');
  const file = join(cluster.templateDir, name);
  if (readFileSync(file, 'utf8') !== original) writeFileSync(file, original);
}

function templateOf(cluster: Cluster): string {
  return cluster.options.balancer.name === 'nginx' ? 'nginx.conf.hbs' : 'haproxy.cfg.hbs';
}
