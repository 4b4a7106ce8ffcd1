import { checkedWeight, type WeightBoard, weightSchema } from '../weight-board.js';
import { type MemoryStore, memberKey } from './store.js';
import { watchBelow } from './watch-below.js';

export function memoryWeightBoard({ store }: { readonly store: MemoryStore }): WeightBoard {
  return {
    setWeight: async (service, id, weight, signal) =>
      store.change(signal, () => {
        const key = memberKey(service, id);
        if (weight === null) store.weights.delete(key);
        else store.weights.set(key, checkedWeight(weight));
      }),
    watchWeights: (service, signal) => watchBelow(store, store.weights, `${service}/`, signal, toWeight),
  };
}

function toWeight(stored: unknown): number | null {
  const parsed = weightSchema.safeParse(stored);
  return parsed.success ? parsed.data : null;
}
