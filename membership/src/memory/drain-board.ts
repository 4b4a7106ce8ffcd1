import { isDeepStrictEqual } from 'node:util';
import type { DrainBoard, LeaveKey } from '../drain-board.js';
import { latest } from '../latest.js';
import { checkedName } from '../schema.js';
import { type MemoryStore, memberKey } from './store.js';

export function memoryDrainBoard({ store }: { readonly store: MemoryStore }): DrainBoard {
  /** Every call that changes something. */
  const change = async (signal: AbortSignal, act: () => void) => {
    signal.throwIfAborted();
    store.assertReachable();
    act();
    store.changed();
  };

  return {
    acknowledge: (key, acknowledgement, signal) =>
      change(signal, () => {
        const balancer = checkedName('balancer', acknowledgement.balancer);
        store.acknowledgements.set(acknowledgementsOf(key) + balancer, acknowledgement);
      }),
    watchAcknowledgements: (key, signal) => watchBelow(store, store.acknowledgements, acknowledgementsOf(key), signal),
    clearAcknowledgements: (service, id, signal) =>
      change(signal, () => {
        const prefix = `${memberKey(service, id)}/`;
        for (const key of below(store.acknowledgements, prefix).keys()) store.acknowledgements.delete(prefix + key);
      }),
    setIntent: (service, id, intent, signal) =>
      change(signal, () => {
        if (intent) store.intents.set(memberKey(service, id), intent);
        else store.intents.delete(memberKey(service, id));
      }),
    watchIntents: (service, signal) => watchBelow(store, store.intents, `${service}/`, signal),
  };
}

function acknowledgementsOf({ service, id, boot }: LeaveKey): string {
  return `${memberKey(service, id)}/${checkedName('boot', boot)}/`;
}

function watchBelow<T>(
  store: MemoryStore,
  entries: ReadonlyMap<string, T>,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<ReadonlyMap<string, T>> {
  return latest(signal, (publish, stop) => {
    let last: ReadonlyMap<string, T> | null = null;
    const look = () => {
      if (!store.reachable) return;
      const now = below(entries, prefix);
      if (last && isDeepStrictEqual(last, now)) return;
      last = now;
      publish(now);
    };
    return store.follow(look, stop);
  });
}

/** The entries whose key begins with `prefix`, without it. */
function below<T>(entries: ReadonlyMap<string, T>, prefix: string): Map<string, T> {
  return new Map(
    [...entries].flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])),
  );
}
