import Table from 'cli-table3';
import type { ApiMember } from './api-schema.js';
import type { Subcommand } from './command.js';
import { connect, withApiOption } from './connection.js';
import type { Colour, Paint } from './terminal.js';
import { printable } from './terminal.js';

const HEAD = ['member', 'service', 'address', 'status', 'server', 'health', 'weight', 'in flight', 'marks'];

const STATUS_COLOURS: Readonly<Record<ApiMember['status'], Colour>> = {
  alive: 'green',
  leaving: 'yellow',
  failed: 'red',
};

interface Options {
  readonly api?: string;
  readonly json?: boolean;
  readonly service?: string;
}

/** `muster members`: who is in the cluster, and what the balancer runs for each. */
export const members: Subcommand = (program, { env, print, paint }) => {
  withApiOption(program.command('members').description('who is in the cluster, and what the balancer runs for each'))
    .option('--service <name>', 'only this service')
    .option('--json', 'print the members as JSON')
    .action(async (options: Options) => {
      const all = await connect(options.api, env).members();
      const shown = all.filter((member) => options.service === undefined || member.service === options.service);
      print(options.json ? JSON.stringify(shown, null, 2) : membersTable(shown, paint));
    });
};

/** A table for people; the order of the API is kept. */
export function membersTable(list: readonly ApiMember[], paint: Paint): string {
  if (list.length === 0) return 'no members';
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  for (const member of list) table.push(row(member, paint));
  return table.toString();
}

function row(member: ApiMember, paint: Paint): string[] {
  const { server } = member;
  const healthColour = server?.health === 'up' ? 'green' : server?.health === 'down' ? 'red' : 'yellow';
  return [
    printable(member.id),
    printable(member.service),
    `${printable(member.address)}:${member.port}`,
    paint(STATUS_COLOURS[member.status], member.status),
    server?.admin ?? '-',
    server ? paint(healthColour, server.health) : '-',
    String(member.weight),
    server ? String(server.inFlight) : '-',
    marks(member),
  ];
}

function marks(member: ApiMember): string {
  const words = [
    member.intent === null ? '' : `${member.intent} asked`,
    member.operatorWeight === null ? '' : 'weight asked',
    member.capacity === 100 ? '' : `takes ${member.capacity} %`,
    member.held ? 'held by the guard' : '',
  ];
  return words.filter(Boolean).join(', ');
}
