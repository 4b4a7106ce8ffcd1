import { strict as assert } from 'node:assert';
import { type Acknowledgement, createLogger, type DrainBoard, type LeaveKey } from '@muster/membership';
import { eventually } from '../../../test/support/eventually.js';
import type { Drain } from '../drain/drain-tracker.js';
import { runningServer } from '../fixture.test.js';
import { createAcknowledger } from './acknowledger.js';
import { newRegistry } from './run-watcher.test.js';

const NEVER = new AbortController().signal;
const logger = createLogger('test', 'silent');

function drain(patch: Partial<Drain> = {}): Drain {
  const server = runningServer('web-1', { inFlight: 2 });
  const base = {
    backend: 'webapp',
    id: 'web-1',
    boot: 'b1',
    cause: 'announced',
    server,
    startedMs: 0,
    causedMs: 0,
  } as const;
  return { ...base, drainedMs: null, idleLooks: 0, wanted: 'drain', ...patch };
}

const DONE = { drainedMs: 500, server: runningServer('web-1', { inFlight: 0 }) };

/** An acknowledger, what it wrote, and a board whose writes the test may hold or fail. */
function acknowledged() {
  const written: string[] = [];
  const failures: number[] = [];
  const control: { before: () => void | Promise<void> } = { before: () => {} };
  const drainBoard: DrainBoard = {
    ...newRegistry().board,
    async acknowledge({ service, id, boot }: LeaveKey, { balancer, state, inFlight }: Acknowledgement) {
      await control.before();
      written.push(`${balancer}: ${service}/${id}/${boot} ${state} ${inFlight}`);
    },
  };
  const onFailure = () => void failures.push(1);
  return { ...createAcknowledger({ drainBoard, balancer: 'lb-1', logger, onFailure }), written, failures, control };
}

describe('acknowledger', () => {
  it('tells how far a drain is once it takes its time, and when it is over', async () => {
    const { publish, settled, written } = acknowledged();
    for (const [one, nowMs] of [
      [drain(), 0],
      [drain(), 500],
      [drain(), 600],
      [drain(DONE), 700],
      [drain(DONE), 800],
    ] as const) {
      publish([one], nowMs, NEVER);
      await settled();
    }
    assert.deepEqual(written, ['lb-1: webapp/web-1/b1 draining 2', 'lb-1: webapp/web-1/b1 drained 0']);
  });

  it('tells only the end of a drain that is over at once', async () => {
    const { publish, settled, written } = acknowledged();
    publish([drain()], 1, NEVER);
    publish([drain({ ...DONE, drainedMs: 2 })], 2, NEVER);
    await settled();
    assert.deepEqual(written, ['lb-1: webapp/web-1/b1 drained 0']);
  });

  it('never lets an older state overtake a newer one', async () => {
    const { control, publish, settled, written } = acknowledged();
    let release = () => {};
    control.before = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    publish([drain()], 500, NEVER);
    publish([drain(DONE)], 600, NEVER);
    control.before = () => {};
    release();
    await settled();
    publish([drain(DONE)], 700, NEVER);
    await settled();
    assert.deepEqual(written, ['lb-1: webapp/web-1/b1 draining 2', 'lb-1: webapp/web-1/b1 drained 0']);
  });

  it('writes again after a failure, and calls the loop for it', async () => {
    const { control, failures, publish, settled, written } = acknowledged();
    control.before = () => {
      throw new Error('registry away');
    };
    publish([drain(DONE)], 600, NEVER);
    await settled();
    assert.deepEqual(written, []);
    await eventually(() => assert.equal(failures.length, 1));
    control.before = () => {};
    publish([drain(DONE)], 700, NEVER);
    await settled();
    assert.deepEqual(written, ['lb-1: webapp/web-1/b1 drained 0']);
  });

  it('acknowledges every boot anew', async () => {
    const { publish, settled, written } = acknowledged();
    for (const boot of ['b1', 'b1', 'b2']) {
      publish([drain({ ...DONE, boot })], 600, NEVER);
      await settled();
    }
    assert.deepEqual(written, ['lb-1: webapp/web-1/b1 drained 0', 'lb-1: webapp/web-1/b2 drained 0']);
  });

  it('acknowledges again when the same leave ends and is announced again', async () => {
    const { publish, settled, written } = acknowledged();
    for (const drains of [[drain(DONE)], [], [drain(DONE)]]) {
      publish(drains, 600, NEVER);
      await settled();
    }
    assert.equal(written.length, 2);
  });

  it('is silent about drains that no agent waits for', async () => {
    const { publish, settled, written } = acknowledged();
    const silent = [
      drain({ ...DONE, cause: 'intent' }),
      drain({ ...DONE, cause: 'deregistered' }),
      drain({ ...DONE, boot: '' }),
    ];
    publish(silent, 600, NEVER);
    await settled();
    assert.deepEqual(written, []);
  });

  it('writes for one member while another one is being written', async () => {
    const { control, publish, settled, written } = acknowledged();
    let release = () => {};
    control.before = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    publish([drain(DONE)], 600, NEVER);
    control.before = () => {};
    publish([drain(DONE), drain({ ...DONE, id: 'web-2' })], 600, NEVER);
    await eventually(() => assert.deepEqual(written, ['lb-1: webapp/web-2/b1 drained 0']));
    release();
    await settled();
    assert.equal(written.length, 2);
  });
});
