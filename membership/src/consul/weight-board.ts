import { checkedName } from '../schema.js';
import { checkedWeight, type WeightBoard, weightSchema } from '../weight-board.js';
import { ConsulClient, type ConsulOptions } from './client.js';
import { keepLost } from './keep-lost.js';
import { memberPath, put, remove } from './kv.js';
import { distinct, watchPrefix } from './watch-prefix.js';

/** Operators' weights in Consul's KV store. Each watch holds one connection. */
export function consulWeightBoard(options: ConsulOptions): WeightBoard {
  const client = new ConsulClient(options, 1);
  return {
    async setWeight(service, id, weight, signal) {
      const key = `muster/weight/${memberPath(service, id)}`;
      await (weight === null ? remove(client, { key }, signal) : put(client, key, `${checkedWeight(weight)}`, signal));
    },
    async *watchWeights(service, signal) {
      const prefix = `muster/weight/${checkedName('service', service)}/`;
      // Only where there is none: what an operator wrote meanwhile is newer.
      const restore = (id: string, weight: number) => put(client, prefix + id, `${weight}`, signal, { cas: 0 });
      yield* distinct(keepLost(watchPrefix(options, prefix, signal, toWeight), () => true, restore));
    },
  };
}

function toWeight(_id: string, text: string): number | null {
  const parsed = weightSchema.safeParse(/^\d{1,3}$/.test(text) ? Number(text) : null);
  return parsed.success ? parsed.data : null;
}
