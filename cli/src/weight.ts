import { LARGEST_WEIGHT, MusterError } from '@muster/membership';
import type { Subcommand } from './command.js';
import { connect, withApiOption } from './connection.js';
import { findMember } from './operate.js';

interface Options {
  readonly api?: string;
  readonly service?: string;
}

/** `muster weight <id> <n|reset>`: how much of the traffic a member gets, from now on. */
export const weight: Subcommand = (program, { env, print }) => {
  const description = 'set the share of a member, relative to the others, in the place of its own WEIGHT';
  withApiOption(program.command('weight').description(description))
    .argument('<id>', 'id of the member, as `muster members` shows it')
    .argument('<weight>', `0 (no new requests) to ${LARGEST_WEIGHT}, or \`reset\` for its own`)
    .option('--service <name>', 'its service (default: the first one that has this id)')
    .action(async (id: string, text: string, options: Options) => {
      const wanted = parseWeight(text);
      const api = connect(options.api, env);
      const member = findMember(await api.members(), id, options.service);
      await api.setWeight(member.service, member.id, wanted);
      print(`${member.id} of ${member.service}: ${done(wanted)}`);
    });
};

/** @throws `weight-invalid`. */
export function parseWeight(text: string): number | null {
  if (text === 'reset') return null;
  if (/^\d{1,3}$/.test(text) && Number(text) <= LARGEST_WEIGHT) return Number(text);
  throw new MusterError(
    'weight-invalid',
    `${JSON.stringify(text)} is no weight: give 0 to ${LARGEST_WEIGHT}, or reset`,
  );
}

function done(weight: number | null): string {
  return weight === null
    ? 'its own weight again'
    : `weight ${weight}; \`muster weight\` with \`reset\` gives its own back`;
}
