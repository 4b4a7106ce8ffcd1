import { z } from 'zod';
import {
  type Acknowledgement,
  acknowledgementSchema,
  type DrainBoard,
  type Intent,
  intentSchema,
  type LeaveKey,
} from '../drain-board.js';
import { checkedName, ID_PATTERN } from '../schema.js';
import { blockingQuery, type QueryAnswer, type SeriesAnswer } from './blocking-query.js';
import { ConsulClient, type ConsulOptions } from './client.js';
import { keepDrains } from './keep-drains.js';
import { invalidAnswer, queryOnce } from './query-once.js';

const pairsSchema = z.array(z.object({ Key: z.string(), Value: z.string().nullish() }));

/** The drain board in Consul's KV store. Each watch holds one connection. */
export function consulDrainBoard(options: ConsulOptions): DrainBoard {
  const client = new ConsulClient(options, 2);
  return {
    async acknowledge(key, { balancer, state, inFlight }, signal) {
      const path = `${acknowledgementsOf(key)}${checkedName('balancer', balancer)}`;
      await put(client, path, JSON.stringify({ state, inFlight }), signal);
    },
    async *watchAcknowledgements(key, signal) {
      yield* distinct(valuesIn(watchPrefix(options, acknowledgementsOf(key), signal, toAcknowledgement)));
    },
    async clearAcknowledgements(service, id, signal) {
      await remove(client, { key: `muster/drain/${memberPath(service, id)}/`, recurse: true }, signal);
    },
    async setIntent(service, id, intent, signal) {
      const key = `muster/intent/${memberPath(service, id)}`;
      await (intent === null ? remove(client, { key }, signal) : put(client, key, intent, signal));
    },
    async *watchIntents(service, signal) {
      const prefix = `muster/intent/${checkedName('service', service)}/`;
      // Only where there is none: what an operator wrote meanwhile is newer.
      const restore = (id: string, intent: Intent) => put(client, prefix + id, intent, signal, { cas: 0 });
      yield* distinct(keepDrains(watchPrefix(options, prefix, signal, toIntent), restore));
    },
  };
}

async function put(
  client: ConsulClient,
  key: string,
  value: string,
  signal: AbortSignal,
  condition: { cas?: 0 } = {},
): Promise<void> {
  await client.call(`write ${key}`, (consul, call) => consul.kv.set({ key, value, ...condition, ...call }), signal);
}

async function remove(
  client: ConsulClient,
  entry: { key: string; recurse?: true },
  signal: AbortSignal,
): Promise<void> {
  await client.call(`remove ${entry.key}`, (consul, call) => consul.kv.del({ ...entry, ...call }), signal);
}

interface Snapshot<T> extends Pick<SeriesAnswer<T>, 'afterFault'> {
  readonly values: ReadonlyMap<string, T>;
}

/** Values under `prefix` by the rest of their key, whole, with each answer. What does not parse is left out. */
async function* watchPrefix<T>(
  options: ConsulOptions,
  prefix: string,
  signal: AbortSignal,
  parse: (name: string, value: string) => T | null,
): AsyncGenerator<Snapshot<T>> {
  const client = new ConsulClient(options, 1);
  try {
    const fetch = (index: bigint, waitMs: number, abort: AbortSignal) =>
      fetchPairs(client, prefix, { index, waitMs, signal: abort });
    for await (const { value: pairs, afterFault } of blockingQuery({ signal, fetch }))
      yield { values: valuesOf(prefix, pairs, parse), afterFault };
  } finally {
    client.close();
  }
}

async function* valuesIn<T>(snapshots: AsyncIterable<Snapshot<T>>): AsyncGenerator<ReadonlyMap<string, T>> {
  for await (const { values } of snapshots) yield values;
}

/** Leaves out what is the same as before: an empty prefix wakes up with every write elsewhere. */
async function* distinct<T>(all: AsyncIterable<ReadonlyMap<string, T>>): AsyncGenerator<ReadonlyMap<string, T>> {
  let shown: string | null = null;
  for await (const values of all) {
    const text = JSON.stringify([...values]);
    if (text === shown) continue;
    shown = text;
    yield values;
  }
}

type Pair = z.infer<typeof pairsSchema>[number];

async function fetchPairs(
  client: ConsulClient,
  prefix: string,
  query: { index: bigint; waitMs: number; signal: AbortSignal },
): Promise<QueryAnswer<readonly Pair[]>> {
  const attempted = `read ${prefix}`;
  const { index, value } = await queryOnce(
    client,
    attempted,
    (consul, call) => consul.kv.get({ key: prefix, recurse: true, ...call }),
    query,
  );
  // Consul answers 404 without a body when nothing is there.
  const pairs = pairsSchema.safeParse(value ?? []);
  if (!pairs.success) throw invalidAnswer(`${attempted} at ${client.address.text}`, 'it is not a list of keys');
  return { index, value: pairs.data };
}

function valuesOf<T>(
  prefix: string,
  pairs: readonly Pair[],
  parse: (name: string, value: string) => T | null,
): Map<string, T> {
  const values = new Map<string, T>();
  for (const { Key, Value } of pairs) {
    const name = Key.slice(prefix.length);
    const value = Key.startsWith(prefix) && ID_PATTERN.test(name) ? parse(name, Value ?? '') : null;
    if (value !== null) values.set(name, value);
  }
  return values;
}

function toAcknowledgement(balancer: string, text: string): Acknowledgement | null {
  try {
    return { balancer, ...acknowledgementSchema.parse(JSON.parse(text)) };
  } catch {
    return null;
  }
}

function toIntent(_id: string, text: string): Intent | null {
  const parsed = intentSchema.safeParse(text);
  return parsed.success ? parsed.data : null;
}

/** Members that another tool registered have no boot; Consul redirects paths with an empty part, so `-` stands for it. */
function acknowledgementsOf({ service, id, boot }: LeaveKey): string {
  return `muster/drain/${memberPath(service, id)}/${checkedName('boot', boot) || '-'}/`;
}

function memberPath(service: string, id: string): string {
  return `${checkedName('service', service)}/${checkedName('member id', id)}`;
}
