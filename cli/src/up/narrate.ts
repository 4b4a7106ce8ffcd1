import { sleep } from '@muster/membership';
import type { ApiClient } from '../api-client.js';
import type { ApiEvent } from '../api-schema.js';

const RECONNECT_MS = 200;

/** Passes every event from now on to `show`, over restarts of the watcher, until `signal` aborts. */
export async function narrate(api: ApiClient, show: (event: ApiEvent) => void, signal: AbortSignal): Promise<void> {
  let since = await lastSequence(api, signal);
  while (!signal.aborted) {
    try {
      for await (const event of api.follow(since, signal)) {
        since = event.seq;
        show(event);
      }
    } catch {
      // The watcher is away: the supervisor brings it back.
    }
    await sleep(RECONNECT_MS, signal);
    // A restarted watcher counts from the beginning again.
    if ((await lastSequence(api, signal)) < since) since = 0;
  }
}

async function lastSequence(api: ApiClient, signal: AbortSignal): Promise<number> {
  try {
    return (await api.events(signal)).at(-1)?.seq ?? 0;
  } catch {
    return 0;
  }
}
