import type { AddressPolicy } from '../address-policy.js';
import type { MemberSet } from '../member.js';
import { sameSet } from '../same-set.js';
import type { MembershipSource, SourceObserver } from '../source.js';
import { blockingQuery, type QueryAnswer } from './blocking-query.js';
import { ConsulClient, type ConsulOptions } from './client.js';
import { invalidAnswer, queryOnce } from './query-once.js';
import { memberSetOf } from './schema.js';

export interface ConsulSourceOptions extends ConsulOptions {
  readonly policy: AddressPolicy;
  readonly observer?: SourceObserver;
  /** `BlockingQueryOptions.waitMs`. */
  readonly waitMs?: number;
  /** `BlockingQueryOptions.minGapMs`. */
  readonly minGapMs?: number;
}

/**
 * Members from Consul's health endpoint, passing or not. Each watch holds one connection. After a fault the set is yielded
 * again even when it is the same: that is how a reader learns that what it holds is confirmed.
 */
export function consulSource(options: ConsulSourceOptions): MembershipSource {
  return { name: 'consul', watch: (service, signal) => watch(options, service, signal) };
}

async function* watch(options: ConsulSourceOptions, service: string, signal: AbortSignal): AsyncGenerator<MemberSet> {
  const client = new ConsulClient(options, 1);
  let yielded: MemberSet | null = null;
  try {
    const answers = blockingQuery({
      ...pacing(options),
      signal,
      fetch: (index, waitMs, abort) => fetchMembers(client, service, { index, waitMs, signal: abort }),
      onFault: (error) => options.observer?.onFault(service, error),
      onRecovered: () => options.observer?.onRecovered(service),
    });
    for await (const { index, value, afterFault } of answers) {
      const set = { ...memberSetOf(service, index, value, options.policy), afterFault };
      if (!afterFault && yielded && sameSet(yielded, set)) continue;
      yielded = set;
      yield set;
    }
  } finally {
    client.close();
  }
}

async function fetchMembers(
  client: ConsulClient,
  service: string,
  query: { index: bigint; waitMs: number; signal: AbortSignal },
): Promise<QueryAnswer<readonly unknown[]>> {
  const attempted = `read the members of ${service}`;
  const answer = await queryOnce(
    client,
    attempted,
    (consul, call) => consul.health.service({ service, ...call }),
    query,
  );
  if (!Array.isArray(answer.value)) throw invalidAnswer(`${attempted} at ${client.address.text}`, 'it is not a list');
  return { index: answer.index, value: answer.value };
}

/** Options that were not given stay away, so that the defaults of the loop stand. */
function pacing({ waitMs, minGapMs }: ConsulSourceOptions): { waitMs?: number; minGapMs?: number } {
  return { ...(waitMs === undefined ? {} : { waitMs }), ...(minGapMs === undefined ? {} : { minGapMs }) };
}
