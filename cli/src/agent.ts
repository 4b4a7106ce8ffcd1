import { runAgent } from '@muster/membership';
import type { Subcommand } from './command.js';

interface Options {
  readonly probePath?: string;
  readonly port?: string;
  readonly service?: string;
  readonly id?: string;
  readonly address?: string;
  readonly weight?: string;
}

/** `muster agent`: announces one app to the cluster; with a command behind `--` it also runs that app. */
export const agent: Subcommand = (program, { env, exitWith }) => {
  program
    .command('agent')
    .description('announce an app to the cluster; with a command, run that app and stop it only after its drain')
    .option(
      '--probe-path <path>',
      'path that answers below 500 while the app is well (HEALTH_PATH); "" = a TCP connect is enough',
    )
    .option('--port <port>', 'port of the app (PORT)')
    .option('--service <name>', 'service that it belongs to (SERVICE)')
    .option('--id <id>', 'id in that service (MEMBER_ID)')
    .option('--address <ip>', 'address under which the balancer reaches it (MEMBER_ADDRESS)')
    .option('--weight <weight>', 'share of the traffic (WEIGHT)')
    .argument('[command...]', 'the app, behind --')
    .action(async (command: readonly string[], options: Options) => {
      exitWith(await runAgent({ env: { ...env, ...settingsFrom(options) }, command }));
    });
};

/** Options win over the environment; both are checked where the environment is. */
export function settingsFrom(options: Options): Readonly<Record<string, string>> {
  const settings: Readonly<Record<string, string | undefined>> = {
    HEALTH_PATH: options.probePath,
    PORT: options.port,
    SERVICE: options.service,
    MEMBER_ID: options.id,
    MEMBER_ADDRESS: options.address,
    WEIGHT: options.weight,
  };
  return Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
