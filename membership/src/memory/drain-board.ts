import type { DrainBoard, LeaveKey } from '../drain-board.js';
import { checkedName } from '../schema.js';
import { type MemoryStore, memberKey } from './store.js';
import { asIs, below, watchBelow } from './watch-below.js';

export function memoryDrainBoard({ store }: { readonly store: MemoryStore }): DrainBoard {
  const change = async (signal: AbortSignal, act: () => void) => store.change(signal, act);

  return {
    acknowledge: (key, acknowledgement, signal) =>
      change(signal, () => {
        const balancer = checkedName('balancer', acknowledgement.balancer);
        store.acknowledgements.set(acknowledgementsOf(key) + balancer, acknowledgement);
      }),
    watchAcknowledgements: (key, signal) =>
      watchBelow(store, store.acknowledgements, acknowledgementsOf(key), signal, asIs),
    clearAcknowledgements: (service, id, signal) =>
      change(signal, () => {
        const prefix = `${memberKey(service, id)}/`;
        for (const key of below(store.acknowledgements, prefix, asIs).keys())
          store.acknowledgements.delete(prefix + key);
      }),
    setIntent: (service, id, intent, signal) =>
      change(signal, () => {
        if (intent) store.intents.set(memberKey(service, id), intent);
        else store.intents.delete(memberKey(service, id));
      }),
    watchIntents: (service, signal) => watchBelow(store, store.intents, `${service}/`, signal, asIs),
  };
}

function acknowledgementsOf({ service, id, boot }: LeaveKey): string {
  return `${memberKey(service, id)}/${checkedName('boot', boot)}/`;
}
