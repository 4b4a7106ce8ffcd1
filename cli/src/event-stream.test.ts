import { strict as assert } from 'node:assert';
import { readEventStream } from './event-stream.js';

describe('the event stream', () => {
  it('ends at an abort even when nothing else ever comes, and lets the connection go', async () => {
    let cancelled = false;
    const silent = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    const abort = new AbortController();
    setImmediate(() => abort.abort());
    for await (const event of readEventStream(silent, abort.signal)) assert.fail(`unexpected ${event.type}`);
    assert.equal(cancelled, true);
  });

  it('rejects when the connection breaks', async () => {
    const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error('reset')) });
    const read = async () => {
      for await (const event of readEventStream(broken, new AbortController().signal)) assert.fail(event.type);
    };
    await assert.rejects(read(), { code: 'event-stream-broken', message: /reset/ });
  });
});
