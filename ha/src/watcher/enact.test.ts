import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger, MusterError } from '@muster/membership';
import { eventually } from '../../../test/support/eventually.js';
import type { ClusterEvent } from '../events/event.js';
import { byName, desiredServer, EDITED, SETTINGS, SITE, SOURCES, STRUCTURE } from '../fixture.test.js';
import type { DesiredServer, DesiredState } from '../plan/desired.js';
import { makeStructure, type Structure } from '../render/structure.js';
import { createEnactor } from './enact.js';
import { MemoryBalancer } from './memory-balancer.test.js';
import { createPace } from './pace.js';
import { createReloadGate, MEMBER_RELOADS } from './reload-gate.js';
import { words } from './run-watcher.test.js';
import { createStructureStore, type StructureStore } from './structure-store.js';

const NEVER = new AbortController().signal;
const NEWER = makeStructure(SOURCES, { ...SETTINGS, BALANCE: 'first' }, SITE);

function desired(...names: readonly string[]): DesiredState {
  return new Map([['webapp', byName(names.map((name, at) => desiredServer(name, { serverId: 10_001 + at })))]]);
}

function drained(name: string): DesiredState {
  return new Map([['webapp', byName([desiredServer(name, { admin: 'drain', serverId: 10_001 })])]]);
}

function storeOf(candidate: Structure | null, onRefused: (reason: string) => void) {
  const files = { templateDir: '/nowhere', settingsFile: null, env: {}, site: SITE };
  const base = { files, accepted: STRUCTURE, pollMs: null, onCandidate: () => {}, onRefused };
  return createStructureStore({ ...base, candidate });
}

interface EnactorTest {
  readonly candidate?: Structure;
  readonly gapMs?: number;
  readonly memberGapMs?: number;
  readonly onSoon?: (ms: number) => void;
}

function enactor(options: EnactorTest = {}) {
  const balancer = new MemoryBalancer();
  const refused: string[] = [];
  const structures: StructureStore = storeOf(options.candidate ?? null, (reason) => void refused.push(reason));
  const gate = createReloadGate({ gapMs: options.gapMs ?? 0, longestGapMs: 10_000, maxOldWorkers: 4 });
  const events: ClusterEvent[] = [];
  const made = createEnactor({
    memberGate: createReloadGate({ ...MEMBER_RELOADS, gapMs: options.memberGapMs ?? 0 }),
    ...{ driver: balancer, structures, gate, pace: { ...createPace(), soon: options.onSoon ?? (() => {}) } },
    publish: (event) => void events.push(event),
    logger: createLogger('test', 'silent'),
  });
  const enact = async (want: DesiredState, inFlight = true) =>
    made.enact(want, await balancer.read({ inFlight }), NEVER);
  return { balancer, enact, events, gate, refused, structures };
}

describe('enactor', () => {
  it('does nothing when what runs is what should run', async () => {
    const { balancer, enact } = enactor();
    const { plan, done } = await enact(desired());
    assert.deepEqual([plan.steps, plan.reload, done, balancer.applied], [[], null, [], []]);
  });

  it('accepts a candidate that already runs without a reload', async () => {
    const { balancer, enact, structures } = enactor({ candidate: EDITED });
    balancer.revision = EDITED.revision;
    await enact(desired());
    assert.deepEqual([structures.accepted, structures.candidate, balancer.applied], [EDITED, null, []]);
  });

  it('gives the steps that are done, and not those that wait', async () => {
    const { balancer, enact } = enactor();
    balancer.set('web-9', { port: 3009, inFlight: 1 });
    const { plan, done } = await enact(desired('web-1'));
    assert.deepEqual(
      plan.steps.map(({ kind }) => kind),
      ['add', 'remove'],
    );
    assert.deepEqual(
      done.map(({ kind }) => kind),
      ['add'],
    );
  });

  it('reloads for a candidate, accepts it and tells so', async () => {
    const { balancer, enact, events, gate, structures } = enactor({ candidate: EDITED });
    await enact(desired('web-1'));
    assert.deepEqual([structures.accepted, balancer.revision, gate.count], [EDITED, EDITED.revision, 1]);
    assert.deepEqual(words(events), ['config-applied -']);
    assert.deepEqual(balancer.servers(), ['web-1 ready']);
  });

  it('refuses a candidate that cannot be loaded, and does not try it again', async () => {
    const { balancer, enact, events, gate, refused, structures } = enactor({ candidate: EDITED });
    balancer.beforeApply = ({ reload }) => {
      if (reload) throw new MusterError('config-refused', 'line 1: no');
    };
    assert.deepEqual(
      (await enact(desired('web-1'))).done.map(({ kind }) => kind),
      ['add'],
      'the member does not wait for the structure',
    );
    assert.deepEqual([refused, structures.accepted, structures.candidate], [['line 1: no'], STRUCTURE, null]);
    await enact(desired('web-1'));
    assert.deepEqual(balancer.servers(), ['web-1 ready']);
    assert.deepEqual([refused.length, gate.count, events], [1, 0, []]);
  });

  it('lets members in while a reload must wait, into the structure that runs', async () => {
    const { balancer, enact, structures } = enactor({ candidate: EDITED });
    balancer.oldWorkers = 4;
    const { plan, done } = await enact(desired('web-1'));
    assert.ok(plan.reload);
    assert.deepEqual(
      done.map(({ kind }) => kind),
      ['add'],
    );
    assert.deepEqual([balancer.servers(), balancer.reloads, structures.candidate], [['web-1 ready'], 0, EDITED]);
    assert.deepEqual((await enact(desired('web-1'))).done, []);
    balancer.oldWorkers = 0;
    await enact(desired('web-1'));
    assert.deepEqual([balancer.reloads, structures.accepted], [1, EDITED]);
  });

  it('makes the first change at once where each is a reload, and the following ones together', async () => {
    const { balancer, enact } = enactor({ memberGapMs: 50 });
    balancer.changesBy = 'reload';
    assert.equal((await enact(desired('web-1'))).done.length, 1);
    assert.deepEqual((await enact(desired('web-1', 'web-2'))).done, []);
    await eventually(async () => assert.equal((await enact(desired('web-1', 'web-2', 'web-3'))).done.length, 2));
    assert.equal(balancer.reloads, 2);
  });

  it('lets changes wait where each is a reload and too many old workers still live', async () => {
    const { balancer, enact } = enactor();
    balancer.changesBy = 'reload';
    balancer.oldWorkers = MEMBER_RELOADS.maxOldWorkers;
    assert.deepEqual((await enact(desired('web-1'))).done, []);
    balancer.oldWorkers -= 1;
    assert.equal((await enact(desired('web-1'))).done.length, 1);
    balancer.oldWorkers += 1;
    assert.equal((await enact(drained('web-1'))).done.length, 1, 'a drain does not wait');
  });

  it('counts old workers before a change only when there may be too many, so that the first one does not wait', async () => {
    const { balancer, enact } = enactor();
    balancer.changesBy = 'reload';
    const counts = () => balancer.reads.filter((inFlight) => inFlight).length;
    await enact(desired());
    const joined: string[] = [];
    const join = () => {
      joined.push(`web-${joined.length + 1}`);
      return enact(desired(...joined), false);
    };
    while (joined.length < MEMBER_RELOADS.maxOldWorkers) {
      assert.equal((await join()).done.length, 1);
      assert.equal(counts(), 1, joined.at(-1));
    }
    assert.equal((await join()).done.length, 1);
    assert.equal(counts(), 2);
  });

  it('counts old workers again after a change that failed: it may have left some', async () => {
    const { balancer, enact } = enactor();
    balancer.changesBy = 'reload';
    balancer.beforeApply = () => {
      balancer.beforeApply = () => {};
      balancer.oldWorkers = MEMBER_RELOADS.maxOldWorkers;
      throw new MusterError('reload-unproved', 'no new worker');
    };
    await assert.rejects(enact(desired('web-1')), { code: 'reload-unproved' });
    assert.deepEqual((await enact(desired('web-1'), false)).done, []);
  });

  it('lets members in also while the structure that runs is not known, and leaves the file alone', async () => {
    const { balancer, enact } = enactor();
    balancer.revision = null;
    balancer.oldWorkers = 4;
    await enact(desired('web-1'));
    assert.deepEqual([balancer.servers(), balancer.reloads], [['web-1 ready'], 0]);
  });

  it('lets a reload that failed keep its distance to the next', async () => {
    const { balancer, enact } = enactor({ candidate: EDITED, gapMs: 3_600_000 });
    balancer.revision = 'another';
    let tries = 0;
    balancer.beforeApply = ({ reload }) => {
      if (!reload) return;
      tries += 1;
      throw new MusterError('config-refused', 'no');
    };
    await enact(desired('web-1'));
    await enact(desired('web-1'));
    assert.equal(tries, 1);
  });

  it('says when the accepted structure cannot be loaded, and keeps it', async () => {
    const { balancer, enact, refused, structures } = enactor();
    balancer.revision = 'another';
    const fault = new MusterError('reload-failed', 'no new worker');
    balancer.beforeApply = ({ reload }) => {
      if (reload) throw fault;
    };
    const enacted = await enact(desired('web-1'));
    assert.deepEqual([enacted.fault, balancer.servers()], [fault, ['web-1 ready']]);
    assert.deepEqual([structures.accepted, refused], [STRUCTURE, []]);
  });

  it('reloads once after an answer that it does not know, also when the first try fails', async () => {
    const { balancer, enact } = enactor();
    const faults = [new MusterError('balancer-answer-unknown', 'perhaps'), new MusterError('reload-failed', 'no')];
    balancer.beforeApply = () => {
      const fault = faults.shift();
      if (fault) throw fault;
    };
    await assert.rejects(enact(desired('web-1')), { code: 'balancer-answer-unknown' });
    assert.deepEqual((await enact(desired('web-1'))).fault, new MusterError('reload-failed', 'no'));
    await enact(desired('web-1'));
    assert.deepEqual([balancer.reloads, balancer.servers()], [1, ['web-1 ready']]);
    await enact(desired('web-1'));
    assert.equal(balancer.reloads, 1);
  });

  it('reloads for a server that only a reload can move, and lets nobody else wait while that must wait', async () => {
    const { balancer, enact, events } = enactor();
    balancer.set('web-1', { serverId: 10_001 });
    balancer.set('web-2', { serverId: 10_002, port: 3002 });
    balancer.fixed = ['web-1'];
    balancer.oldWorkers = 4;
    const leaving = desiredServer('web-2', { serverId: 10_002, port: 3002, admin: 'drain' });
    const joining = desiredServer('web-3', { serverId: 10_003, port: 3003 });
    const want = (...others: readonly DesiredServer[]): DesiredState =>
      new Map([['webapp', byName([desiredServer('web-1', { serverId: 10_001, address: '10.0.0.2' }), ...others])]]);
    const kinds = async (desired: DesiredState) => (await enact(desired)).done.map(({ kind }) => kind);
    assert.deepEqual(await kinds(want(leaving)), ['drain']);
    assert.deepEqual(await kinds(want(leaving)), [], 'nothing is left but the reload');
    assert.deepEqual(await kinds(want(leaving, joining)), ['add']);
    assert.deepEqual([balancer.servers(), balancer.reloads], [['web-1 ready', 'web-2 drain', 'web-3 ready'], 0]);
    balancer.oldWorkers = 0;
    assert.equal((await enact(want(leaving, joining))).fault, null);
    assert.deepEqual([balancer.reloads, events.map(({ message }) => message)], [1, ['reloaded: moved: web-1']]);
    const { plan } = await enact(want(leaving, joining));
    assert.deepEqual([plan.steps, plan.reload, balancer.reloads], [[], null, 1]);
  });

  it('calls for the next pass at once when a move needs a reload, and only once while that must wait', async () => {
    const calls: number[] = [];
    const { balancer, enact } = enactor({ onSoon: (ms) => void calls.push(ms) });
    balancer.set('web-1', {});
    balancer.fixed = ['web-1'];
    balancer.oldWorkers = 4;
    const moved = new Map([['webapp', byName([desiredServer('web-1', { address: '10.0.0.2' })])]]);
    for (let pass = 0; pass < 3; pass += 1) await enact(moved);
    assert.deepEqual([calls[0], calls.slice(1).filter((ms) => ms === 0), calls.length], [0, [], 3]);
  });

  it('does not reload after other faults', async () => {
    const { balancer, enact } = enactor();
    balancer.beforeApply = () => {
      balancer.beforeApply = () => {};
      throw new MusterError('balancer-unreachable', 'no answer', { retryable: true });
    };
    await assert.rejects(enact(desired('web-1')), { code: 'balancer-unreachable' });
    await enact(desired('web-1'));
    assert.deepEqual([balancer.reloads, balancer.servers()], [0, ['web-1 ready']]);
  });

  it('does not refuse a candidate for a fault that is not its own', async () => {
    const { balancer, enact, refused, structures } = enactor({ candidate: EDITED });
    balancer.beforeApply = () => {
      balancer.beforeApply = () => {};
      throw new MusterError('config-unwritable', 'disk full', { retryable: true });
    };
    await enact(desired()).catch(() => {});
    await enact(desired());
    assert.deepEqual([refused, structures.accepted], [[], EDITED]);
  });
});

/** A store that follows files on disk, and a way to edit them. */
async function storeWithFiles() {
  const dir = mkdtempSync(join(tmpdir(), 'muster-enact-'));
  const settingsFile = join(dir, 'live.env');
  const templateDir = fileURLToPath(new URL('../../templates', import.meta.url));
  const store = createStructureStore({
    files: { templateDir, settingsFile, env: {}, site: SITE },
    ...{ accepted: STRUCTURE, candidate: EDITED, pollMs: null, onCandidate: () => {}, onRefused: () => {} },
  });
  const end = new AbortController();
  const ended = store.run(end.signal);
  /** An edit before the first look at the folder is none, so it is repeated until it is seen. */
  const edit = async (text: string, expected: Structure) => {
    let edits = 0;
    const look = () => {
      if (edits++ % 10 === 0) writeFileSync(settingsFile, `${text}\n# ${edits}\n`);
      assert.equal(store.candidate?.revision, expected.revision);
    };
    await eventually(look, 15_000, 50);
  };
  const stop = async () => {
    end.abort();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  return { store, edit, stop };
}

describe('enactor, while the files are edited during a reload', () => {
  /** The enactor over a store whose candidate the reload finds replaced by `NEWER` at its end. */
  async function editedMeanwhile(outcome: () => void) {
    const balancer = new MemoryBalancer();
    const structures = await storeWithFiles();
    balancer.beforeApply = async ({ reload }) => {
      balancer.beforeApply = () => {};
      if (reload === null) return;
      await structures.edit('BALANCE=first', NEWER);
      outcome();
    };
    const { store } = structures;
    const made = createEnactor({
      ...{
        driver: balancer,
        structures: store,
        gate: createReloadGate({ gapMs: 0, longestGapMs: 0, maxOldWorkers: 4 }),
        memberGate: createReloadGate(MEMBER_RELOADS),
      },
      ...{ pace: createPace(), publish: () => {}, logger: createLogger('test', 'silent') },
    });
    const enact = async () => made.enact(desired(), await balancer.read({ inFlight: true }), NEVER);
    return { ...structures, balancer, enact };
  }

  it('accepts what was proved, and keeps the newer edit as the next candidate', async () => {
    const { enact, store, stop } = await editedMeanwhile(() => {});
    try {
      await enact();
      assert.equal(store.accepted.revision, EDITED.revision, 'a structure was accepted that no balancer has proved');
      assert.equal(store.candidate?.revision, NEWER.revision);
    } finally {
      await stop();
    }
  });

  it('refuses what failed, and still tries the newer edit', async () => {
    const { enact, store, stop } = await editedMeanwhile(() => {
      throw new MusterError('config-refused', 'line 1: no');
    });
    try {
      await enact();
      assert.equal(store.accepted.revision, STRUCTURE.revision);
      assert.equal(store.candidate?.revision, NEWER.revision, 'the newer edit was dropped untried');
    } finally {
      await stop();
    }
  });
});
