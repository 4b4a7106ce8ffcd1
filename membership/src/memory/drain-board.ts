import { isDeepStrictEqual } from 'node:util';
import type { DrainBoard } from '../drain-board.js';
import { MusterError } from '../errors.js';
import { latest } from '../latest.js';
import { ID_PATTERN } from '../schema.js';
import type { MemoryStore } from './store.js';

export function memoryDrainBoard({ store }: { readonly store: MemoryStore }): DrainBoard {
  /** Every call that changes something: checked names first, then the change. */
  const change = async (names: readonly string[], signal: AbortSignal, act: () => void) => {
    signal.throwIfAborted();
    store.assertReachable();
    if (!names.every((name) => name === '' || ID_PATTERN.test(name))) {
      throw new MusterError('name-invalid', 'memory registry: a name of the drain board is not allowed');
    }
    act();
    store.changed();
  };

  return {
    acknowledge: ({ service, id, boot }, acknowledgement, signal) =>
      change([service, id, boot, acknowledgement.balancer], signal, () => {
        store.acknowledgements.set(`${service}/${id}/${boot}/${acknowledgement.balancer}`, acknowledgement);
      }),
    watchAcknowledgements: ({ service, id, boot }, signal) =>
      watchBelow(store, store.acknowledgements, `${service}/${id}/${boot}/`, signal),
    clearAcknowledgements: (service, id, signal) =>
      change([service, id], signal, () => {
        for (const key of below(store.acknowledgements, `${service}/${id}/`).keys()) {
          store.acknowledgements.delete(`${service}/${id}/${key}`);
        }
      }),
    setIntent: (service, id, intent, signal) =>
      change([service, id], signal, () => {
        if (intent) store.intents.set(`${service}/${id}`, intent);
        else store.intents.delete(`${service}/${id}`);
      }),
    watchIntents: (service, signal) => watchBelow(store, store.intents, `${service}/`, signal),
  };
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
