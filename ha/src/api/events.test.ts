import { strict as assert } from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import { eventually, PATIENCE_MS } from '../../../test/support/eventually.js';
import type { RecordedEvent } from '../events/event.js';
import { collect, event, type FixtureOptions, openRequest, startFixture } from './fixture.test.js';

const FOLLOW = '/v1/events?follow=1';

describe('GET /v1/events', () => {
  let fixture: Awaited<ReturnType<typeof startFixture>>;
  const start = async (options?: FixtureOptions) => {
    fixture = await startFixture(options);
  };
  afterEach(() => fixture.close());
  const publish = (count: number) => {
    for (let sent = 0; sent < count; sent += 1) fixture.bus.publish(event());
  };
  const follow = async (path: string, headers: Record<string, string> = {}) => {
    const response = await openRequest(fixture.api.port, path, { headers });
    return { response, ...collect(response) };
  };
  const ids = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));

  it('gives the history, whole or after a number', async () => {
    await start();
    publish(3);
    const all = (await fixture.send('/v1/events')).json as { events: RecordedEvent[] };
    assert.deepEqual(
      all.events.map(({ seq }) => seq),
      [1, 2, 3],
    );
    const { at, ...first } = all.events[0] ?? { at: '' };
    assert.deepEqual(first, { ...event(), seq: 1 });
    assert.equal(new Date(at).toISOString(), at);
    const later = (await fixture.send('/v1/events?since=2&follow=0')).json as { events: RecordedEvent[] };
    assert.deepEqual(
      later.events.map(({ seq }) => seq),
      [3],
    );
  });

  it('refuses queries that are not well formed', async () => {
    await start();
    for (const path of ['?since=x', '?since=-1', '?since=1&since=2', '?follow=yes', `?since=${'9'.repeat(16)}`]) {
      assert.equal((await fixture.send(`/v1/events${path}`)).status, 400, path);
    }
    const { status, text } = await fixture.send(FOLLOW, { headers: { 'Last-Event-ID': 'x' } });
    assert.equal(status, 400);
    assert.match(text, /Last-Event-ID: not an event number/);
  });

  it('replays after `since` and goes on live, each event once and in order', async () => {
    await start();
    publish(3);
    const client = await follow(`${FOLLOW}&since=1`);
    assert.equal(client.response.headers['content-type'], 'text/event-stream');
    await eventually(() => assert.deepEqual(ids(client.text()), [2, 3]));
    publish(2);
    await eventually(() => assert.deepEqual(ids(client.text()), [2, 3, 4, 5]));
    const [frame = ''] = client.text().split('\n\n');
    const { at, ...first } = JSON.parse(frame.replace(/^id: 2\ndata: /, ''));
    assert.deepEqual(first, { ...event(), seq: 2 });
    assert.equal(typeof at, 'string');
  });

  it('follows only live events when nothing is asked for', async () => {
    await start();
    publish(3);
    const client = await follow(FOLLOW);
    publish(1);
    await eventually(() => assert.deepEqual(ids(client.text()), [4]));
  });

  it('prefers Last-Event-ID to the URL that a browser repeats when it reconnects', async () => {
    await start();
    publish(3);
    const client = await follow(`${FOLLOW}&since=0`, { 'Last-Event-ID': '2' });
    await eventually(() => assert.deepEqual(ids(client.text()), [3]));
  });

  it('replays everything to a client of an earlier watcher, whose number is above all of this one', async () => {
    await start();
    publish(2);
    const client = await follow(FOLLOW, { 'Last-Event-ID': '500' });
    await eventually(() => assert.deepEqual(ids(client.text()), [1, 2]));
  });

  it('delivers a long burst whole to a client that reads', async () => {
    await start();
    publish(1000);
    const client = await follow(`${FOLLOW}&since=0`);
    publish(900);
    await eventually(() => assert.equal(ids(client.text()).length, 1900));
    assert.deepEqual(
      ids(client.text()),
      Array.from({ length: 1900 }, (_, index) => index + 1),
    );
  });

  it('sends comments while nothing happens', async () => {
    await start({ heartbeatMs: 10 });
    const client = await follow(FOLLOW);
    await eventually(() => assert.match(client.text(), /^: keep-alive\n\n: keep-alive\n\n/));
  });

  it('drops a client that does not read, without a delay for the others', async () => {
    await start({ maxQueued: 5, maxSubscribers: 2 });
    const slow = await openRequest(fixture.api.port, FOLLOW);
    slow.pause().on('error', () => {});
    const quick = await follow(FOLLOW);
    assert.equal((await fixture.send(FOLLOW)).status, 503);
    const large = event({ message: 'x'.repeat(100_000) });
    let seq = 0;
    // The kernel's socket buffers take the first megabytes. The place that becomes free shows the drop.
    const replacement = await eventually(
      async () => {
        seq = fixture.bus.publish(large).seq;
        await turn();
        await eventually(() => assert.equal(ids(quick.text()).at(-1), seq));
        const response = await openRequest(fixture.api.port, FOLLOW);
        if (response.statusCode !== 200) response.resume();
        assert.equal(response.statusCode, 200);
        return response;
      },
      PATIENCE_MS,
      1,
    );
    assert.equal(ids(quick.text()).length, seq);
    assert.equal(quick.ended(), false);
    replacement.destroy();
    slow.destroy();
  });

  it('forgets a client that goes away', async () => {
    await start({ maxSubscribers: 1 });
    (await openRequest(fixture.api.port, FOLLOW)).on('error', () => {}).destroy();
    const next = await eventually(async () => {
      const response = await openRequest(fixture.api.port, FOLLOW);
      if (response.statusCode !== 200) response.resume();
      assert.equal(response.statusCode, 200);
      return response;
    });
    next.on('error', () => {}).destroy();
  });

  it('ends the streams when the server stops', async () => {
    await start();
    const client = await follow(FOLLOW);
    await fixture.close();
    await eventually(() => assert.equal(client.ended(), true));
    assert.equal(client.response.complete, true);
  });
});
