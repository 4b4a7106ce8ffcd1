import { MusterError } from '@muster/membership';
import { InvalidArgumentError } from 'commander';
import type { ApiClient } from './api-client.js';
import type { ApiEvent } from './api-schema.js';
import type { Subcommand } from './command.js';
import { connect, withApiOption } from './connection.js';
import { eventLine } from './event-line.js';

interface Options {
  readonly api?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly service?: string;
  readonly last: number;
}

/** `muster events`: what happened, and with `--follow` what happens. */
export const events: Subcommand = (program, { env, print, paint }) => {
  withApiOption(program.command('events').description('what happened in the cluster'))
    .option('-f, --follow', 'stay and print events as they happen; Ctrl-C ends it')
    .option('--service <name>', 'only events of this service')
    .option('--json', 'one JSON object per line')
    .option('-n, --last <count>', 'how many past events to print', wholeNumber, 50)
    .action(async (options: Options) => {
      const show = (event: ApiEvent) => print(options.json ? JSON.stringify(event) : eventLine(event, paint));
      const wanted = (event: ApiEvent) => options.service === undefined || event.service === options.service;
      const api = connect(options.api, env);
      const past = await api.events();
      for (const event of lastOf(past.filter(wanted), options.last)) show(event);
      if (!options.follow) return;
      for await (const event of followUntilInterrupt(api, past.at(-1)?.seq ?? 0)) if (wanted(event)) show(event);
    });
};

async function* followUntilInterrupt(api: ApiClient, since: number): AsyncIterable<ApiEvent> {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  try {
    yield* api.follow(since, interrupt.signal);
  } catch (thrown) {
    if (!interrupt.signal.aborted) throw thrown;
  }
  if (interrupt.signal.aborted) return;
  throw new MusterError('event-stream-ended', `the watcher on ${api.url} ended the event stream: it stopped`);
}

function lastOf<T>(list: readonly T[], count: number): readonly T[] {
  return count === 0 ? [] : list.slice(-count);
}

/** An option's value as a whole number from 0 on; anything else is a usage error. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
