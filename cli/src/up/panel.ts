import Table from 'cli-table3';
import type { ApiStatus } from '../api-schema.js';
import { DEFAULT_PORTS } from '../default-ports.js';
import type { Paint } from '../terminal.js';
import type { ClusterPorts } from './claim.js';
import type { ClusterState } from './control-client.js';
import { LOOPBACK, type PortWish } from './ports.js';

export interface PanelFacts {
  readonly ports: ClusterPorts;
  readonly wishes: Readonly<Record<keyof ClusterPorts, PortWish>>;
  /** The balancer's name for people. */
  readonly label: string;
  readonly balancer: ApiStatus['balancer'];
  readonly registry: string;
  readonly runDir: string;
  readonly state: ClusterState;
}

/** What `up` prints once its cluster serves: where it is, who is in it, how to play with it, how to stop it. */
export function panelLines(facts: PanelFacts, paint: Paint): readonly string[] {
  const { ports, label, balancer, registry, state } = facts;
  const what = `${label} ${balancer.version}, ${state.members.length} × ${state.service}, ${registry}`;
  return [
    '',
    `  ${paint('bold', 'Muster serves')}  ${paint('cyan', urlOf(ports.public))}`,
    '',
    `  runs    ${what}`,
    `  stats   ${urlOf(ports.stats)}${instead(facts, 'stats')}`,
    `  API     ${urlOf(ports.api)}v1/status${instead(facts, 'api')}`,
    `  files   ${facts.runDir}   ${paint('dim', '(logs in log/; removed at the end)')}`,
    ...warning(facts, paint),
    '',
    ...memberTable(state).map((line) => `  ${line}`),
    '',
    ...hints(facts).map(([command, effect]) => `  ${paint('bold', command)}  ${effect}`),
    '',
  ];
}

function hints({ ports, label, state }: PanelFacts): readonly (readonly [string, string])[] {
  const muster = ports.api === DEFAULT_PORTS.api ? 'npx muster' : `MUSTER_API=${LOOPBACK}:${ports.api} npx muster`;
  const victim = state.members[1] ?? state.members[0];
  const rows: readonly (readonly [string, string])[] = [
    ...(victim?.appPid
      ? ([[`kill -9 ${victim.appPid}`, `kills ${victim.id}'s app: no GET fails, it comes back`]] as const)
      : []),
    [`${muster} members`, `who is in, and what ${label} runs for each`],
    [`${muster} events --follow`, 'what happens, as it happens'],
    [`${muster} scale 8`, 'more members, or fewer: they drain first'],
    ...(victim ? ([[`${muster} drain ${victim.id}`, 'out of rotation; `ready` brings it back']] as const) : []),
    ['Ctrl-C', 'drains and stops everything, leaves nothing'],
  ];
  const width = Math.max(...rows.map(([command]) => command.length));
  return rows.map(([command, effect]) => [command.padEnd(width), effect] as const);
}

function memberTable(state: ClusterState): readonly string[] {
  if (state.members.length === 0) return ['no members yet'];
  const table = new Table({
    head: ['member', 'address', 'agent pid', 'app pid'],
    style: { head: [], border: [], compact: true },
  });
  for (const { id, port, agentPid, appPid } of state.members)
    table.push([id, `${LOOPBACK}:${port}`, agentPid ?? '-', appPid ?? '-']);
  return table.toString().split('\n');
}

function warning({ ports, wishes }: PanelFacts, paint: Paint): readonly string[] {
  if (ports.public === wishes.public.port) return [];
  const text = `Port ${wishes.public.port} was not used, something else has it: this cluster serves on ${ports.public}.`;
  return ['', `  ${paint('yellow', text)}`];
}

/** Only a default moves: a port that the user named is used, or nothing starts. */
function instead({ ports, wishes }: PanelFacts, name: keyof ClusterPorts): string {
  return ports[name] === wishes[name].port ? '' : `   (instead of ${wishes[name].port}, which is in use)`;
}

function urlOf(port: number): string {
  return `http://${LOOPBACK}:${port}/`;
}
