import { strict as assert } from 'node:assert';
import { byName, desiredServer, runningServer, runningState, SITE, SOURCES, STRUCTURE } from '../../fixture.test.js';
import type { RunningServer } from '../../plan/desired.js';
import { describeStep, makePlan } from '../../plan/plan.js';
import { makeStructure } from '../../render/structure.js';
import { parseSettings } from '../../settings.js';
import { divideSteps } from './divide-steps.js';

const [HERE, THERE, ELSEWHERE] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const site = { ...SITE, localAddress: HERE };
const LOCAL_FIRST = makeStructure(SOURCES, parseSettings({ ROUTING: 'local-first' }, '', ''), site);

/** The steps, in words, when `a` moves and gets another weight while `b` drains. */
function divided(from: Partial<RunningServer>, to: Partial<RunningServer>, structure = LOCAL_FIRST) {
  const want = [
    desiredServer('a', { weight: 3, address: to.address ?? HERE, port: to.port ?? 3000 }),
    desiredServer('b', { admin: 'drain', port: 3009 }),
  ];
  const running = runningState([runningServer('a', from), runningServer('b', { port: 3009 })]);
  const plan = makePlan(new Map([['webapp', byName(want)]]), running, STRUCTURE.revision);
  const { now, later, needsReload } = divideSteps(plan, structure);
  const words = (list: typeof now) => list.map((step) => describeStep(step));
  return { now: words(now), later: words(later), needsReload };
}

describe('steps of servers that move', () => {
  it('wait for a reload, all of them, where another one comes first afterwards; nobody else waits', () => {
    for (const [from, to] of [
      [HERE, THERE],
      [THERE, HERE],
    ] as const) {
      assert.deepEqual(divided({ address: from }, { address: to }), {
        now: ['drain b'],
        later: [`address a to ${to}:3000`, 'ready a', 'weight a to 3'],
        needsReload: 'webapp/a moved to or from LOCAL_ADDRESS (ROUTING=local-first)',
      });
    }
  });

  it('are commands where it stays what it was: on another port, or from one other machine to another', () => {
    for (const [from, to] of [
      [{}, { port: 3001 }],
      [{ address: THERE }, { address: ELSEWHERE }],
    ] as const) {
      const { now, later, needsReload } = divided(from, to);
      assert.deepEqual([now.length, later, needsReload], [4, [], null]);
    }
  });

  it('are commands wherever it goes where all servers are alike', () => {
    const alike = makeStructure(SOURCES, parseSettings({}, '', ''), site);
    const { now, later, needsReload } = divided({}, { address: THERE }, alike);
    assert.deepEqual([now.length, later, needsReload], [4, [], null]);
  });

  it('close the server meanwhile where another one has its old address', () => {
    const want = [desiredServer('a', { address: THERE }), desiredServer('heir')];
    for (const running of [[runningServer('a')], [runningServer('a'), runningServer('heir')]]) {
      const state = runningState(running);
      const plan = makePlan(new Map([['webapp', byName(want)]]), state, STRUCTURE.revision);
      const words = divideSteps(plan, LOCAL_FIRST).now.map((step) => describeStep(step));
      assert.deepEqual(words, running.length === 1 ? ['maint a', 'add heir'] : ['maint a']);
    }
  });

  it('do not keep a server of the same name in another backend', () => {
    const two = new Map([
      ['api', byName([desiredServer('a', { weight: 2 })])],
      ['webapp', byName([desiredServer('a', { address: THERE })])],
    ]);
    const backends = new Map([...two.keys()].map((name) => [name, byName([runningServer('a')])]));
    const plan = makePlan(two, runningState([], { backends }), STRUCTURE.revision);
    const { now, needsReload } = divideSteps(plan, LOCAL_FIRST);
    assert.deepEqual(
      now.map((step) => describeStep(step, true)),
      ['weight api/a to 2'],
    );
    assert.match(needsReload ?? '', /^webapp\/a moved/);
  });
});
