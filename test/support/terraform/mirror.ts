import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** As Terraform lays out a mirror: host, namespace, type. */
const ADDRESS = ['registry.terraform.io', 'hashicorp', 'aws'];
/** Too many entries to look into, or none of ours. */
const NOT_SEARCHED = new Set(['node_modules', '.git', 'proc', 'sys']);

/** The name Terraform gives this machine: `linux_amd64`. */
export function platformName(platform: string = process.platform, arch: string = process.arch): string {
  const system = platform === 'win32' ? 'windows' : platform;
  const processor = { x64: 'amd64', ia32: '386' }[arch] ?? arch;
  return `${system}_${processor}`;
}

/** Whether `folder` is a mirror with the aws provider for `platform`, unpacked or packed. */
export function holdsProvider(folder: string, platform: string): boolean {
  const provider = join(folder, ...ADDRESS);
  const names = list(provider);
  if (names.some((name) => /^terraform-provider-aws_.*\.zip$/.test(name) && name.endsWith(`_${platform}.zip`)))
    return true;
  return names.some((version) => list(join(provider, version)).includes(platform));
}

/** The first mirror that holds the provider at or below `roots`, at most `depth` folders down, the shallowest first. */
export function searchMirror(roots: readonly string[], platform: string, depth: number): string | null {
  let level = roots;
  for (let down = 0; down <= depth; down += 1) {
    const found = level.find((folder) => holdsProvider(folder, platform));
    if (found !== undefined) return found;
    level = level.flatMap(foldersIn);
  }
  return null;
}

/** Links are not followed: they lead in circles, and to what is found anyway. */
function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !NOT_SEARCHED.has(entry.name))
      .map((entry) => join(folder, entry.name))
      .sort();
  } catch {
    return [];
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
