import { errorMessage, MusterError } from '@muster/membership';
import { Command, CommanderError } from 'commander';
import { agent } from './agent.js';
import type { CommandContext, Subcommand } from './command.js';
import { doctor } from './doctor.js';
import { drain } from './drain.js';
import { events } from './events.js';
import { leave } from './leave.js';
import { members } from './members.js';
import { plan } from './plan.js';
import { probe } from './probe.js';
import { ready } from './ready.js';
import { scale } from './scale.js';
import { status } from './status.js';
import { paintFor } from './terminal.js';
import { up } from './up.js';
import { weight } from './weight.js';

const SUBCOMMANDS: readonly Subcommand[] = [
  up,
  scale,
  members,
  events,
  plan,
  status,
  drain,
  ready,
  leave,
  weight,
  probe,
  doctor,
  agent,
];

const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

// A reader that closed its end (`| head`, a closed terminal) must not keep a command from ending in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = EXIT.ok;
const context: CommandContext = {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  paint: paintFor(process.stdout, process.env),
  exitWith: (code) => {
    process.exitCode = code;
  },
};

try {
  await programOf(SUBCOMMANDS, context).parseAsync(process.argv);
} catch (thrown) {
  process.exitCode = exitCodeOf(thrown);
}

function programOf(subcommands: readonly Subcommand[], context: CommandContext): Command {
  const program = new Command('muster')
    .description('Dynamic membership for a load balancer')
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .enablePositionalOptions();
  for (const add of subcommands) add(program, context);
  return program;
}

/** commander has written its own message already. */
function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const message = errorMessage(thrown);
  const unexpected = thrown instanceof Error && !(thrown instanceof MusterError) ? `\n${thrown.stack}` : '';
  process.stderr.write(`muster: ${message}${unexpected}\n`);
  return EXIT.failed;
}
