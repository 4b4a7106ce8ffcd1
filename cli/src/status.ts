import type { ApiStatus } from './api-schema.js';
import type { Subcommand } from './command.js';
import { connect, withApiOption } from './connection.js';
import { type Paint, printable } from './terminal.js';
import { countOf } from './words.js';

/** `muster status`: the balancer, the registry, and whether the one equals the other. */
export const status: Subcommand = (program, { env, print, paint }) => {
  withApiOption(
    program.command('status').description('the balancer, the registry, and whether the one equals the other'),
  )
    .option('--json', 'print the status as JSON')
    .action(async (options: { readonly api?: string; readonly json?: boolean }) => {
      const answer = await connect(options.api, env).status();
      if (options.json) return print(JSON.stringify(answer, null, 2));
      for (const line of statusLines(answer, paint)) print(line);
    });
};

function statusLines(
  { balancer, services, balance, stickyCookie, registry, inSync, problem, reloads, revision }: ApiStatus,
  paint: Paint,
): readonly string[] {
  const lines = [
    `balancer  ${balancer.name} ${balancer.version}, ${countOf(balancer.workers, 'worker')}, ${countOf(reloads, 'reload')}`,
    `services  ${services.join(', ')}`,
    `strategy  ${printable(balance)}${stickyCookie ? `, sticky by the cookie ${printable(stickyCookie)}` : ''}`,
    `registry  ${registry.name}, ${registry.reachable ? paint('green', 'reachable') : paint('red', 'not reachable')}`,
    `in sync   ${inSync ? paint('green', 'yes') : paint('yellow', 'no')}`,
    `revision  ${printable(revision)}`,
  ];
  return problem === null ? lines : [...lines, `problem   ${paint('red', printable(problem))}`];
}
