import { strict as assert } from 'node:assert';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { createBus } from './bus.js';
import type { ClusterEvent, RecordedEvent } from './event.js';
import { createLogSink } from './log-sink.js';
import type { EventSink } from './sink.js';

const JOIN: ClusterEvent = {
  type: 'member-join',
  service: 'webapp',
  member: 'web-1',
  message: 'joined',
  detail: { tookMs: 3 },
};

function memorySink(patch: Partial<EventSink> = {}): EventSink & { readonly seen: RecordedEvent[] } {
  const seen: RecordedEvent[] = [];
  return { name: 'memory', seen, emit: (event) => void seen.push(event), close: async () => {}, ...patch };
}

function memoryLog() {
  const lines: Record<string, unknown>[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    lines.push(JSON.parse(chunk.toString()));
    done();
  };
  return { lines, logger: pino({ base: null, timestamp: false }, new Writable({ write })) };
}

const fail = () => {
  throw new Error('disk full');
};

describe('the event bus', () => {
  it('numbers events, stamps them and gives them to every sink before publish returns', () => {
    const sinks = [memorySink(), memorySink()];
    const bus = createBus({ sinks, logger: memoryLog().logger, now: () => new Date(0) });
    bus.publish(JOIN);
    const second = bus.publish({ ...JOIN, type: 'member-leave' });
    const at = '1970-01-01T00:00:00.000Z';
    const expected = [
      { ...JOIN, seq: 1, at },
      { ...JOIN, type: 'member-leave', seq: 2, at },
    ];
    for (const { seen } of sinks) assert.deepEqual(seen, expected);
    assert.deepEqual(second, expected[1]);
  });

  it('isolates and logs a sink that throws', () => {
    const { logger, lines } = memoryLog();
    const good = memorySink();
    const bus = createBus({ sinks: [memorySink({ name: 'bad', emit: fail }), good], logger });
    bus.publish(JOIN);
    bus.publish(JOIN);
    assert.equal(good.seen.length, 2);
    const line = { level: 50, sink: 'bad', seq: 1, type: 'member-join', reason: 'disk full', msg: 'sink failed' };
    assert.deepEqual(lines, [line, { ...line, seq: 2 }]);
  });

  it('closes every sink once, also after one that fails, and then gives out no more events', async () => {
    const { logger, lines } = memoryLog();
    const closes: string[] = [];
    const good = memorySink({ close: async () => void closes.push('good') });
    const bus = createBus({ sinks: [memorySink({ close: async () => fail() }), good], logger });
    await Promise.all([bus.close(), bus.close()]);
    bus.publish(JOIN);
    assert.deepEqual(closes, ['good']);
    assert.equal(good.seen.length, 0);
    assert.equal(lines[0]?.msg, 'sink did not close');
  });

  it('does not wait for ever for a sink that does not close', async () => {
    const { logger } = memoryLog();
    const sinks = [memorySink({ close: () => new Promise(() => {}) })];
    await createBus({ sinks, logger, closeDeadlineMs: 10 }).close();
  });

  it('logs one info line per event, with the type as its message', () => {
    const { logger, lines } = memoryLog();
    createBus({ sinks: [createLogSink(logger)], logger }).publish(JOIN);
    const { type, ...fields } = JOIN;
    assert.deepEqual(lines, [{ level: 30, seq: 1, ...fields, msg: type }]);
  });
});
