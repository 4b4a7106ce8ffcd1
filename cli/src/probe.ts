import type { Command } from 'commander';
import type { Subcommand } from './command.js';
import { withApiOption } from './connection.js';
import { resultJson } from './probe/json.js';
import * as parse from './probe/options.js';
import { type ProbeOptions, probe as runProbe } from './probe/probe.js';
import { reportLines } from './probe/report.js';
import { isBroken } from './probe/result.js';
import { STRATEGY_WORDS } from './probe/strategy.js';
import { isUtf8 } from './probe/terminal-style.js';
import { listenForStop } from './up/stop-signals.js';

/** 128 + SIGINT, as shells have it. */
const INTERRUPTED = 130;
const BROKEN = 1;

/** `muster probe`: sends requests, shows who answered, and judges whether the balancer keeps what it promises. */
export const probe: Subcommand = (program, { env, print, paint, exitWith }) => {
  withOptions(program.command('probe').description('send requests, and judge how the balancer shares them')).action(
    async (url: string | undefined, options: Omit<ProbeOptions, 'url'> & { readonly json?: boolean }) => {
      const unicode = isUtf8(env);
      const signal = listenForStop().stop;
      const result = await runProbe({ ...options, url }, { env, stderr: process.stderr, unicode, signal }).catch(
        // Interrupted before there was anything to judge.
        (thrown) => (signal.aborted ? null : Promise.reject(thrown)),
      );
      if (!result) return exitWith(INTERRUPTED);
      if (options.json) print(JSON.stringify(resultJson(result), null, 2));
      else for (const line of reportLines(result, { paint, unicode })) print(line);
      if (result.cut !== null) exitWith(INTERRUPTED);
      else if (isBroken(result)) exitWith(BROKEN);
    },
  );
};

function withOptions(command: Command): Command {
  const withRequests = command
    .argument('[url]', 'where requests go (default: the public port of the running cluster)')
    .option('-n, --requests <count>', 'how many requests', parse.requestsOption, 10_000)
    .option('-c, --clients <count>', 'how many clients, each with one connection', parse.clientsOption, 16)
    .option('--no-keep-alive', 'a new connection for each request')
    .option('--cookies', 'clients keep their cookies: a session per client')
    .option('--method <method>', 'method of the requests', parse.methodOption, 'GET')
    .option(
      '--path <path>',
      "path and query; {n}, {client} and {n%500} stand for numbers: '/item/{n%500}'",
      parse.pathOption,
    )
    .option('--header <header>', "a header, more than once too: 'X-User: u{client}'", parse.headerOption)
    .option('--from <address>', "local address of a client: '127.0.1.{client}'", parse.fromOption)
    .option('--timeout <seconds>', 'how long an answer may take', parse.timeoutOption, 10)
    .option(
      '--by <way>',
      'how an answer names its member, header:NAME or json:FIELD (default: X-Backend)',
      parse.byOption,
    );
  const withJudging = withRequests
    .option(
      '--expect <strategy>',
      `what to hold the balancer to (default: as the watcher says): ${STRATEGY_WORDS}`,
      parse.expectOption,
    )
    .option(
      '--weights <weights>',
      'weights, such as a=1,b=2 (default: as the watcher says, else equal)',
      parse.weightsOption,
    )
    .option(
      '--workers <count>',
      'processes that share out requests on their own (default: as the watcher says, else 1)',
      parse.workersOption,
    )
    .option('--service <name>', 'service whose members answer (default: the first)')
    .option('--keys <file>', 'hashing: write which member each key found')
    .option('--compare <file>', 'hashing: judge which keys moved since that file was written')
    .option('--json', 'print the result as JSON')
    .option('--plot <file>', 'draw the shares as an SVG');
  return withApiOption(withJudging);
}
