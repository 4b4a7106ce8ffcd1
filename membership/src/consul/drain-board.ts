import {
  type Acknowledgement,
  acknowledgementSchema,
  type DrainBoard,
  type Intent,
  intentSchema,
  type LeaveKey,
} from '../drain-board.js';
import { checkedName } from '../schema.js';
import { ConsulClient, type ConsulOptions } from './client.js';
import { keepLost } from './keep-lost.js';
import { memberPath, put, remove } from './kv.js';
import { distinct, valuesIn, watchPrefix } from './watch-prefix.js';

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
      yield* distinct(keepLost(watchPrefix(options, prefix, signal, toIntent), isDrain, restore));
    },
  };
}

/**
 * To lift a lost drain would send requests to a member that somebody works on. A lost `leave` is let go: its agent heard it
 * when it came, and the next boot would take it for a new one.
 */
function isDrain(intent: Intent): boolean {
  return intent === 'drain';
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
