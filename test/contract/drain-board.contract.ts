import { strict as assert } from 'node:assert';
import { getEventListeners } from 'node:events';
import type { Acknowledgement, Intent, LeaveKey } from '@muster/membership';
import { eventually } from '../support/eventually.js';
import { newService, type RegistrySetup, withRegistry } from './harness.js';

/** What every `DrainBoard` promises. */
export function drainBoardContract(name: string, setup: RegistrySetup): void {
  describe(`drain board contract: ${name}`, () => {
    const signal = new AbortController().signal;
    const { registry, service, watching } = withRegistry(setup);
    const watchAcknowledgements = (key: LeaveKey) =>
      watching((stop) => registry().board().watchAcknowledgements(key, stop));
    const watchIntents = (of = service()) => watching((stop) => registry().board().watchIntents(of, stop));
    const leave = (id: string, boot: string): LeaveKey => ({ service: service(), id, boot });

    it('yields no acknowledgement first when there is none', async () => {
      await watchAcknowledgements(leave('a', 'boot1')).until((acks) => assert.equal(acks.size, 0));
    });

    it('yields what was acknowledged before the watch began', async () => {
      await registry().board().acknowledge(leave('a', 'boot1'), drained('lb-1'), signal);
      const follower = watchAcknowledgements(leave('a', 'boot1'));
      await follower.until(() => {});
      assert.deepEqual([...(follower.all[0]?.values() ?? [])], [drained('lb-1')]);
    });

    it('shows each balancer from draining to drained', async () => {
      const key = leave('a', 'boot1');
      const board = registry().board();
      const follower = watchAcknowledgements(key);
      await follower.until((acks) => assert.equal(acks.size, 0));
      await board.acknowledge(key, { balancer: 'lb-1', state: 'draining', inFlight: 3 }, signal);
      await follower.until((acks) => assert.equal(acks.get('lb-1')?.inFlight, 3));
      await board.acknowledge(key, drained('lb-2'), signal);
      await board.acknowledge(key, drained('lb-1'), signal);
      const acks = await follower.until((value) => assert.deepEqual(states(value), ['drained', 'drained']));
      assert.deepEqual([...acks.keys()].sort(), ['lb-1', 'lb-2']);
    });

    it('keeps the acknowledgements of two boots apart', async () => {
      const board = registry().board();
      await board.acknowledge(leave('a', 'boot1'), drained('lb-1'), signal);
      const second = watchAcknowledgements(leave('a', 'boot2'));
      await second.until((acks) => assert.equal(acks.size, 0));
      await board.acknowledge(leave('a', 'boot2'), drained('lb-2'), signal);
      await second.until((acks) => assert.deepEqual([...acks.keys()], ['lb-2']));
    });

    it('keeps members apart whose ids begin alike', async () => {
      const board = registry().board();
      await board.acknowledge(leave('web-10', 'boot1'), drained('lb-1'), signal);
      await watchAcknowledgements(leave('web-1', 'boot1')).until((acks) => assert.equal(acks.size, 0));
      await board.clearAcknowledgements(service(), 'web-1', signal);
      await watchAcknowledgements(leave('web-10', 'boot1')).until((acks) => assert.equal(acks.size, 1));
    });

    it('clears the acknowledgements of all boots', async () => {
      const board = registry().board();
      for (const boot of ['boot1', 'boot2']) await board.acknowledge(leave('a', boot), drained('lb-1'), signal);
      const first = watchAcknowledgements(leave('a', 'boot1'));
      await first.until((acks) => assert.equal(acks.size, 1));
      await board.clearAcknowledgements(service(), 'a', signal);
      await first.until((acks) => assert.equal(acks.size, 0));
      await watchAcknowledgements(leave('a', 'boot2')).until((acks) => assert.equal(acks.size, 0));
    });

    it('shows an acknowledgement that comes after a clear', async () => {
      const board = registry().board();
      const key = leave('a', 'boot1');
      await board.acknowledge(key, drained('lb-1'), signal);
      const follower = watchAcknowledgements(key);
      await follower.until((acks) => assert.equal(acks.size, 1));
      await board.clearAcknowledgements(service(), 'a', signal);
      await follower.until((acks) => assert.equal(acks.size, 0));
      await board.acknowledge(key, drained('lb-2'), signal);
      await follower.until((acks) => assert.deepEqual([...acks.keys()], ['lb-2']));
    });

    it('clears what is not there without a fault', async () => {
      await registry().board().clearAcknowledgements(service(), 'nobody', signal);
    });

    it('shows an intent that is set, changed and removed', async () => {
      const board = registry().board();
      const follower = watchIntents();
      await follower.until((intents) => assert.equal(intents.size, 0));
      await board.setIntent(service(), 'a', 'drain', signal);
      await follower.until(hasIntents({ a: 'drain' }));
      await board.setIntent(service(), 'b', 'drain', signal);
      await board.setIntent(service(), 'a', 'leave', signal);
      await follower.until(hasIntents({ a: 'leave', b: 'drain' }));
      await board.setIntent(service(), 'a', null, signal);
      await follower.until(hasIntents({ b: 'drain' }));
    });

    it('remembers an intent for the next watcher', async () => {
      await registry().board().setIntent(service(), 'a', 'drain', signal);
      const follower = watchIntents();
      await follower.until(hasIntents({ a: 'drain' }));
      assert.equal(follower.all.length, 1);
    });

    it('removes an intent that is not there without a fault', async () => {
      await registry().board().setIntent(service(), 'nobody', null, signal);
    });

    it('keeps the intents of two services apart', async () => {
      await registry().board().setIntent(service(), 'a', 'drain', signal);
      await watchIntents(newService()).until(hasIntents({}));
    });

    it('ends promptly when the signal aborts, and leaves no listener on it', async () => {
      const controller = new AbortController();
      const board = registry().board();
      const iterators = [
        board.watchIntents(service(), controller.signal)[Symbol.asyncIterator](),
        board.watchAcknowledgements(leave('a', 'boot1'), controller.signal)[Symbol.asyncIterator](),
      ];
      await Promise.all(iterators.map((one) => one.next()));
      const waiting = Promise.all(iterators.map((one) => one.next()));
      controller.abort();
      for (const result of await waiting) assert.equal(result.done, true);
      await eventually(() => assert.deepEqual(getEventListeners(controller.signal, 'abort'), []));
    });

    it('refuses names that would reach outside their own entry', async () => {
      const board = registry().board();
      const refused = { name: 'MusterError', retryable: false };
      await assert.rejects(board.setIntent(service(), '../evil', 'drain', signal), refused);
      await assert.rejects(board.acknowledge(leave('a', '../../x'), drained('lb-1'), signal), refused);
      await assert.rejects(board.acknowledge(leave('a', 'boot1'), drained('../lb'), signal), refused);
      await assert.rejects(board.clearAcknowledgements('../..', 'a', signal), refused);
    });
  });
}

function drained(balancer: string): Acknowledgement {
  return { balancer, state: 'drained', inFlight: 0 };
}

function states(acks: ReadonlyMap<string, Acknowledgement>): string[] {
  return [...acks.values()].map((one) => one.state);
}

function hasIntents(expected: Record<string, Intent>): (intents: ReadonlyMap<string, Intent>) => void {
  return (intents) => assert.deepEqual(Object.fromEntries([...intents].sort()), expected);
}
