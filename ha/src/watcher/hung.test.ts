import { strict as assert } from 'node:assert';
import { runningServer, runningState } from '../fixture.test.js';
import type { RunningServer } from '../plan/desired.js';
import { createHungCutter } from './hung.js';
import { words } from './run-watcher.test.js';

const NEVER = new AbortController().signal;

/** `web-1` with three requests; it hangs when it is down. */
const state = (health: 'up' | 'down', patch: Partial<RunningServer> = {}) =>
  runningState([runningServer('web-1', { health, answers: health === 'up', inFlight: 3, ...patch })]);

/** A cutter over a balancer that answers `replies` one by one, then always that the requests are cut. */
function cutterAfter(afterMs: number, ...replies: readonly (boolean | Error)[]) {
  const asked: string[] = [];
  const events: Parameters<Parameters<typeof createHungCutter>[0]['publish']>[0][] = [];
  const driver = {
    async cut(backend: string, server: string) {
      const reply = replies[asked.push(`${backend}/${server}`) - 1] ?? true;
      if (reply instanceof Error) throw reply;
      return reply;
    },
  };
  const cutter = createHungCutter({ driver, afterMs, publish: (event) => void events.push(event) });
  const cut = (running: ReturnType<typeof state>, nowMs: number) => cutter.cut(running, nowMs, NEVER);
  return { asked, cut, told: () => words(events), waiting: cutter.waiting };
}

describe('hung cutter', () => {
  it('cuts a server once it has been down for long enough, and only once', async () => {
    const { asked, cut, told, waiting } = cutterAfter(1_000);
    await cut(state('down'), 0);
    assert.ok(waiting());
    await cut(state('down'), 999);
    assert.deepEqual([asked, told()], [[], []]);
    await cut(state('down'), 1_000);
    assert.deepEqual([asked, told()], [['webapp/web-1'], ['server-cut web-1']]);
    assert.equal(waiting(), false);
    await cut(state('down'), 5_000);
    assert.equal(asked.length, 1);
  });

  it('counts anew after the server was up, or was gone', async () => {
    for (const between of [state('up'), runningState([])]) {
      const { asked, cut, waiting } = cutterAfter(1_000);
      await cut(state('down'), 0);
      await cut(between, 900);
      assert.equal(waiting(), false);
      await cut(state('down'), 1_000);
      assert.deepEqual(asked, []);
      await cut(state('down'), 2_000);
      assert.deepEqual(asked, ['webapp/web-1']);
    }
  });

  it('tries again while requests on other servers would end too, and tells of the cut only', async () => {
    const { asked, cut, told, waiting } = cutterAfter(0, false);
    await cut(state('down'), 0);
    assert.deepEqual([asked.length, told(), waiting()], [1, [], true]);
    await cut(state('down'), 1);
    assert.deepEqual([asked.length, told(), waiting()], [2, ['server-cut web-1'], false]);
  });

  it('tries a server that cannot be cut once, and still the others', async () => {
    const fault = new Error('no new worker');
    const { asked, cut } = cutterAfter(0, fault);
    const two = runningState(
      ['web-1', 'web-2'].map((name) => runningServer(name, { health: 'down', answers: false, inFlight: 1 })),
    );
    await assert.rejects(cut(two, 0), fault);
    for (const nowMs of [1, 2]) await cut(two, nowMs);
    assert.deepEqual(asked, ['webapp/web-1', 'webapp/web-2']);
  });

  it('cuts nothing where nothing is open, and waits where nothing was counted', async () => {
    for (const [inFlight, waits] of [
      [0, false],
      [null, true],
    ] as const) {
      const { asked, cut, waiting } = cutterAfter(0);
      await cut(state('down', { inFlight }), 0);
      assert.deepEqual([asked, waiting()], [[], waits]);
    }
  });

  it('never cuts a server that is down but answers its check: it works on its requests', async () => {
    const { asked, cut } = cutterAfter(0);
    for (const nowMs of [0, 1, 2]) await cut(state('down', { answers: true }), nowMs);
    assert.deepEqual(asked, []);
  });

  it('never cuts a server that is up or unknown', async () => {
    const { asked, cut } = cutterAfter(0);
    await cut(state('up'), 0);
    await cut(runningState([runningServer('web-1', { health: 'unknown', answers: false, inFlight: 1 })]), 0);
    assert.deepEqual(asked, []);
  });
});
