import { MusterError } from '@muster/membership';
import type { Operation } from './api-client.js';
import type { ApiMember } from './api-schema.js';
import type { Subcommand } from './command.js';
import { connect, withApiOption } from './connection.js';

/** The subcommand of one operation on one member; `done` is what the user may expect now. */
export function operationCommand(operation: Operation, description: string, done: string): Subcommand {
  return (program, { env, print }) => {
    withApiOption(program.command(operation).description(description))
      .argument('<id>', 'id of the member, as `muster members` shows it')
      .option('--service <name>', 'its service (default: the first one that has this id)')
      .action(async (id: string, options: { readonly api?: string; readonly service?: string }) => {
        const api = connect(options.api, env);
        const member = findMember(await api.members(), id, options.service);
        await api.operate(operation, member.service, member.id);
        print(`${member.id} of ${member.service}: ${done}`);
      });
  };
}

/** @throws `member-unknown` with the ids there are. */
export function findMember(all: readonly ApiMember[], id: string, service: string | undefined): ApiMember {
  const candidates = all.filter((member) => service === undefined || member.service === service);
  const found = candidates.find((member) => member.id === id);
  if (found) return found;
  const where = service === undefined ? '' : ` in service ${service}`;
  const ids = candidates.map((member) => member.id).join(', ') || 'none';
  throw new MusterError('member-unknown', `there is no member ${id}${where}: the members are ${ids}`);
}
