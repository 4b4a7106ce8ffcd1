import type { Subcommand } from './command.js';
import { connect, withApiOption } from './connection.js';
import { printable } from './terminal.js';

/** `muster plan`: what the next pass would change in the running balancer, and why. */
export const plan: Subcommand = (program, { env, print }) => {
  withApiOption(program.command('plan').description('what would change in the running balancer, and why'))
    .option('--json', 'print the plan as JSON')
    .action(async (options: { readonly api?: string; readonly json?: boolean }) => {
      const answer = await connect(options.api, env).plan();
      if (options.json) return print(JSON.stringify(answer, null, 2));
      print(printable(answer.text));
      for (const step of answer.steps) print(`  ${printable(step)}`);
      if (answer.reload !== null) print(`  reload because: ${printable(answer.reload)}`);
    });
};
