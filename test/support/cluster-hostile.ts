import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';

/** An entry that no balancer must ever hear of. */
export interface HostileMember {
  readonly what: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/** The examples of issue and brief, against a cluster in which w1 lives at `goodPort`. */
export function hostileMembers(goodPort: number): HostileMember[] {
  const at = { address: '127.0.0.1', port: 20_001 };
  return [
    { what: 'newline', ...at, id: 'evil\nserver evil 127.0.0.9:80' },
    { what: 'semicolon', ...at, id: 'evil; disable server webapp/w1' },
    { what: 'quotes', ...at, id: `evil"'` },
    { what: 'blank', ...at, id: 'evil weight 256' },
    { what: 'NUL', ...at, id: 'evil\0' },
    { what: 'unicode', ...at, id: 'evil-☃-é' },
    { what: '10 kB id', ...at, id: `evil${'x'.repeat(10_240)}` },
    { what: 'port -5', id: 'evil-port-low', address: '127.0.0.1', port: -5 },
    { what: 'port 70000', id: 'evil-port-high', address: '127.0.0.1', port: 70_000 },
    { what: 'no IP', id: 'evil-ip', address: '999.1.1.1', port: 80 },
    { what: 'metadata service', id: 'evil-metadata', address: '169.254.169.254', port: 80 },
    { what: 'outside MEMBER_CIDRS', id: 'evil-outside', address: '192.0.2.1', port: 80 },
    { what: 'address with config', id: 'evil-address', address: '127.0.0.1:80 check\n http-request deny', port: 80 },
    { what: 'duplicate id', ...at, id: 'w1' },
    { what: 'duplicate address', id: 'evil-twin', address: '127.0.0.1', port: goodPort },
  ];
}

/** Writes them straight into the cluster's registry, past every agent. Gives those that the registry took. */
export async function insertHostile(cluster: Cluster, members: readonly HostileMember[]): Promise<HostileMember[]> {
  const { consul, dir } = cluster.options.registry;
  if (dir !== null) return insertFiles(join(dir, 'members', 'webapp'), members);
  const taken: HostileMember[] = [];
  for (const [index, one] of members.entries()) {
    const duplicate = one.id === 'w1';
    const entry = {
      // Consul's own id is unique on its agent, so ours has to come from the meta to be a duplicate.
      ID: duplicate ? `evil-duplicate-${index}` : one.id,
      Name: 'webapp',
      Address: one.address,
      Port: one.port,
      ...(duplicate ? { Meta: { 'muster-id': one.id } } : {}),
    };
    const accepted = await consul?.api('PUT', 'agent/service/register', entry).then(
      () => true,
      () => false,
    );
    if (accepted) taken.push(one);
  }
  return taken;
}

function insertFiles(folder: string, members: readonly HostileMember[]): HostileMember[] {
  mkdirSync(folder, { recursive: true });
  for (const [index, { id, address, port }] of members.entries()) {
    const entry = {
      id,
      service: 'webapp',
      address,
      port,
      weight: 1,
      role: 'backend',
      boot: '',
      tags: {},
      status: 'alive',
    };
    // Whole at once: one that is read while it is written would be told twice.
    writeFileSync(join(folder, '..', 'evil-part'), JSON.stringify(entry));
    renameSync(join(folder, '..', 'evil-part'), join(folder, `evil-${index}.json`));
  }
  const good = JSON.stringify({ id: 'evil-name', address: '127.0.0.1', port: 20_002 });
  writeFileSync(join(folder, 'evil-torn.json'), '{"id":"evil-torn","addr');
  writeFileSync(join(folder, 'evil\nserver evil 127.0.0.9:80.json'), '[1,2]');
  writeFileSync(join(folder, 'evil-huge.json'), `"${'x'.repeat(100_000)}"`);
  writeFileSync(join(folder, '..', 'evil-link-target'), good);
  symlinkSync('../evil-link-target', join(folder, 'evil-link.json'));
  const files = ['torn file', 'file name with newline', 'huge file', 'symbolic link'];
  return [...members, ...files.map((what) => ({ what, id: what, address: '', port: 0 }))];
}
