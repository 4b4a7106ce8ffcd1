import { z } from 'zod';
import { ID_PATTERN } from '../schema.js';
import { blockingQuery, type QueryAnswer, type SeriesAnswer } from './blocking-query.js';
import { ConsulClient, type ConsulOptions } from './client.js';
import { invalidAnswer, queryOnce } from './query-once.js';

const pairsSchema = z.array(z.object({ Key: z.string(), Value: z.string().nullish() }));

type Pair = z.infer<typeof pairsSchema>[number];

/** One answer about a prefix. */
export interface Snapshot<T> extends Pick<SeriesAnswer<T>, 'afterFault' | 'repeat'> {
  readonly values: ReadonlyMap<string, T>;
}

/** Values under `prefix` by the rest of their key, whole, with each answer. What does not parse is left out. */
export async function* watchPrefix<T>(
  options: ConsulOptions,
  prefix: string,
  signal: AbortSignal,
  parse: (name: string, value: string) => T | null,
): AsyncGenerator<Snapshot<T>> {
  const client = new ConsulClient(options, 1);
  try {
    const fetch = (index: bigint, waitMs: number, abort: AbortSignal) =>
      fetchPairs(client, prefix, { index, waitMs, signal: abort });
    for await (const { value: pairs, ...answer } of blockingQuery({ signal, fetch }))
      yield { ...answer, values: valuesOf(prefix, pairs, parse) };
  } finally {
    client.close();
  }
}

/** For those to whom a fault says nothing. */
export async function* valuesIn<T>(snapshots: AsyncIterable<Snapshot<T>>): AsyncGenerator<ReadonlyMap<string, T>> {
  for await (const { values } of snapshots) yield values;
}

/** Leaves out what is the same as before: an empty prefix wakes up with every write elsewhere. */
export async function* distinct<T>(all: AsyncIterable<ReadonlyMap<string, T>>): AsyncGenerator<ReadonlyMap<string, T>> {
  let shown: string | null = null;
  for await (const values of all) {
    const text = JSON.stringify([...values]);
    if (text === shown) continue;
    shown = text;
    yield values;
  }
}

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
