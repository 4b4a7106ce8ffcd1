import { Option } from 'commander';
import type { Subcommand } from './command.js';
import { withApiOption } from './connection.js';
import { examineBalancers } from './doctor/balancers.js';
import { findingLines } from './doctor/finding.js';
import { examineCluster, examineDocker, examineNode, examineRegistry } from './doctor/surroundings.js';
import { BALANCER_NAMES } from './up/balancer.js';

interface Options {
  readonly api?: string;
  readonly balancer?: string;
  readonly json?: boolean;
}

/** `muster doctor`: what is here, what it can do, and what keeps a cluster from running. Changes nothing. */
export const doctor: Subcommand = (program, { env, print, paint, exitWith }) => {
  withApiOption(
    program
      .command('doctor')
      .description('what is here, what it can do, and what keeps a cluster from running; ends with 1 on a problem'),
  )
    .addOption(new Option('--balancer <name>', 'as if this one was chosen (BALANCER)').choices(BALANCER_NAMES))
    .option('--json', 'print the findings as JSON')
    .action(async ({ api, balancer, json }: Options) => {
      const findings = [
        examineNode(process.versions.node),
        ...(await examineBalancers(balancer, env)),
        ...(await Promise.all([examineRegistry(env), examineCluster(api, env), examineDocker(env)])),
      ];
      const lines = findings.flatMap((one) => findingLines(one, paint));
      print(json ? JSON.stringify(findings, null, 2) : lines.join('\n'));
      if (findings.some(({ state }) => state === 'problem')) exitWith(1);
    });
};
