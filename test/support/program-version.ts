import { spawnSync } from 'node:child_process';

/** The version that a balancer says it has, such as `3.2.26`; NGINX says it on stderr. */
export function versionOf(bin: string): string {
  const { stdout, stderr } = spawnSync(bin, ['-v'], { encoding: 'utf8' });
  return /(?:version |nginx\/)(\d+(?:\.\d+)+)/.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown';
}

export function isAtLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, 'en', { numeric: true }) >= 0;
}
