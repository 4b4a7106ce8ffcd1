import { docker, runTool } from './docker.js';

/** Marks our routes (`ip route … proto`), so that none of anybody else is ever removed. */
const MARK = ['type', 'unreachable', 'proto', '213'];

/** Below the route of a network that is there, so that it takes effect when the network goes. */
const METRIC = '9999';

let guarded: readonly string[] = [];
let swept = false;

/**
 * Before networks are removed: what this host still sends into them (the last packets of cut connections) is refused
 * here, and does not leave by the default route. The guards of the project before are taken away: nothing sends there any
 * more, and Docker does not use a range again that has a route.
 */
export async function guardNetworks(project: string): Promise<void> {
  const subnets = await subnetsOf(project);
  if (subnets.length === 0) return;
  await dropGuards(swept ? guarded : 'all');
  swept = true;
  guarded = subnets;
  for (const subnet of guarded) await ip(['route', 'replace', 'unreachable', subnet, 'metric', METRIC, 'proto', '213']);
}

/** `all`: also those that an earlier run has left. */
async function dropGuards(which: readonly string[] | 'all'): Promise<void> {
  if (which === 'all') return ip(['route', 'flush', ...MARK]);
  for (const subnet of which) await ip(['route', 'flush', 'exact', subnet, ...MARK]);
}

async function subnetsOf(project: string): Promise<string[]> {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  const ids = (await docker(['network', 'ls', '--quiet', ...filter])).split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  const format = '{{range .IPAM.Config}}{{.Subnet}} {{end}}';
  const subnets = await docker(['network', 'inspect', '--format', format, ...ids]);
  return subnets.split(/\s+/).filter((one) => one.includes('.'));
}

/** A host without the tool has no guard, and works all the same. */
async function ip(args: readonly string[]): Promise<void> {
  await runTool('ip', args).catch((failure: Error) => {
    if ((failure.cause as NodeJS.ErrnoException).code !== 'ENOENT') throw failure;
  });
}
