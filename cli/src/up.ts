import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Subcommand } from './command.js';
import { DEFAULT_PORTS } from './default-ports.js';
import { BALANCER_NAMES } from './up/balancer.js';
import type { PortWish } from './up/ports.js';
import { parseScale } from './up/scale-limit.js';
import { listenForStop } from './up/stop-signals.js';
import { runUp } from './up/up.js';

interface Options {
  readonly scale: number;
  readonly balancer?: string;
  readonly port?: number;
  readonly apiPort?: number;
  readonly statsPort?: number;
}

/** `muster up`: a whole local cluster in the foreground, without containers. */
export const up: Subcommand = (program, { env, print, paint }) => {
  withPorts(
    program.command('up').description('run a whole local cluster in the foreground: members, watcher and balancer'),
  )
    .option('--scale <count>', 'how many members', scaleOption, 3)
    .addOption(new Option('--balancer <name>', 'the balancer (BALANCER; default: haproxy)').choices(BALANCER_NAMES))
    .argument(
      '[command...]',
      'your own app behind --, started once per member with PORT set (default: the sample webapp)',
    )
    .action(async (appCommand: readonly string[], options: Options) => {
      const ports = {
        public: wish('balancer', '--port', options.port, DEFAULT_PORTS.public),
        stats: wish('stats page', '--stats-port', options.statsPort, DEFAULT_PORTS.stats),
        api: wish('API', '--api-port', options.apiPort, DEFAULT_PORTS.api),
      };
      const { scale, balancer } = options;
      await runUp({ scale, balancer, ports, appCommand, env, print, paint, signals: listenForStop() });
    });
};

function withPorts(command: Command): Command {
  const what = (port: number, text: string) => `${text} (default: ${port}, or the next free one)`;
  return command
    .option('--port <port>', what(DEFAULT_PORTS.public, 'port of the balancer'), portOption)
    .option('--api-port <port>', what(DEFAULT_PORTS.api, "port of the watcher's API"), portOption)
    .option('--stats-port <port>', what(DEFAULT_PORTS.stats, "port of the balancer's stats page"), portOption);
}

function wish(what: string, flag: string, given: number | undefined, otherwise: number): PortWish {
  return { what, flag, port: given ?? otherwise, explicit: given !== undefined };
}

function portOption(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new InvalidArgumentError('It must be a port, 1–65535.');
  return port;
}

function scaleOption(text: string): number {
  try {
    return parseScale(text);
  } catch (thrown) {
    throw new InvalidArgumentError((thrown as Error).message);
  }
}
