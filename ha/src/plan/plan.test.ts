import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { byName, desiredServer, runningServer, runningState, STRUCTURE } from '../fixture.test.js';
import type { AdminState, DesiredServer, DesiredState, RunningServer } from './desired.js';
import { applyToModel } from './model.test.js';
import { describePlan, isEmpty, makePlan, type Step } from './plan.js';

const want = (...servers: readonly DesiredServer[]): DesiredState => new Map([['webapp', byName(servers)]]);

function steps(desired: DesiredState, ...running: readonly RunningServer[]): readonly Step[] {
  return makePlan(desired, runningState(running), STRUCTURE.revision).steps;
}

function text(desired: DesiredState, ...running: readonly RunningServer[]): string {
  return describePlan(makePlan(desired, runningState(running), STRUCTURE.revision));
}

describe('plan', () => {
  it('is empty when what runs is what should run', () => {
    const plan = makePlan(want(desiredServer('web-1')), runningState([runningServer('web-1')]), STRUCTURE.revision);
    assert.ok(isEmpty(plan));
    assert.equal(describePlan(plan), 'runtime: none; reload: none');
  });

  it("is empty when only health or requests differ: they are the balancer's own", () => {
    const running = runningServer('web-1', { health: 'down', inFlight: 7 });
    assert.deepEqual(steps(want(desiredServer('web-1')), running), []);
  });

  it('is told as a reload where the balancer changes by reloads', () => {
    const plan = makePlan(want(desiredServer('web-1')), runningState([]), STRUCTURE.revision);
    assert.equal(describePlan(plan, 'reload'), 'runtime: none; reload: add web-1');
  });

  it('adds a server that does not run', () => {
    const server = desiredServer('web-1');
    assert.deepEqual(steps(want(server)), [{ kind: 'add', backend: 'webapp', server }]);
  });

  it('removes a server that should not run, and says whether it takes traffic', () => {
    assert.deepEqual(steps(want(), runningServer('web-1'), runningServer('web-2', { admin: 'maint' })), [
      { kind: 'remove', backend: 'webapp', name: 'web-1', admin: 'active' },
      { kind: 'remove', backend: 'webapp', name: 'web-2', admin: 'maint' },
    ]);
  });

  for (const admin of ['drain', 'maint'] as const) {
    it(`puts a ready server into ${admin}`, () => {
      assert.deepEqual(steps(want(desiredServer('web-1', { admin })), runningServer('web-1')), [
        { kind: admin, backend: 'webapp', name: 'web-1' },
      ]);
    });

    it(`takes a server out of ${admin}`, () => {
      assert.deepEqual(steps(want(desiredServer('web-1')), runningServer('web-1', { admin })), [
        { kind: 'ready', backend: 'webapp', name: 'web-1', down: false },
      ]);
    });
  }

  it('changes a weight', () => {
    assert.deepEqual(steps(want(desiredServer('web-1', { weight: 3 })), runningServer('web-1')), [
      { kind: 'weight', backend: 'webapp', name: 'web-1', weight: 3 },
    ]);
  });

  it('turns a check off and on, but not one that the line does not ask for', () => {
    const alone = want(desiredServer('web-1', { checked: false }));
    assert.equal(text(alone, runningServer('web-1')), 'runtime: check web-1 off; reload: none');
    const off = runningServer('web-1', { checked: false });
    assert.equal(text(alone, off), 'runtime: none; reload: none');
    assert.equal(text(want(desiredServer('web-1')), off), 'runtime: check web-1 on; reload: none');
    assert.equal(text(alone, runningServer('web-1', { checked: null })), 'runtime: none; reload: none');
  });

  for (const moved of [{ address: '10.0.0.2' }, { port: 3001 }]) {
    it(`moves a server to another ${Object.keys(moved).join()} and sets its state again`, () => {
      const server = desiredServer('web-1', moved);
      assert.deepEqual(steps(want(server), runningServer('web-1')), [
        { kind: 'address', backend: 'webapp', server, from: { address: '10.0.0.1', port: 3000 } },
        { kind: 'ready', backend: 'webapp', name: 'web-1', down: false },
      ]);
    });
  }

  it('sets the state of a moved server after the move, which left it in maintenance', () => {
    const server = desiredServer('web-1', { address: '10.0.0.2', admin: 'drain' });
    assert.deepEqual(
      steps(want(server), runningServer('web-1')).map(({ kind }) => kind),
      ['address', 'drain'],
    );
  });

  it('drains first and removes last', () => {
    const desired = want(
      desiredServer('a-new'),
      desiredServer('b-heavy', { weight: 9 }),
      desiredServer('c-closed', { admin: 'maint' }),
      desiredServer('d-leaving', { admin: 'drain' }),
    );
    const gone = runningServer('a-gone', { port: 3001 });
    const running = [gone, ...['b-heavy', 'c-closed', 'd-leaving'].map((name) => runningServer(name))];
    assert.equal(
      text(desired, ...running),
      'runtime: drain d-leaving, maint c-closed, add a-new, weight b-heavy to 9, remove a-gone; reload: none',
    );
  });

  it('closes a server before another one is added at its address', () => {
    assert.equal(
      text(want(desiredServer('b-heir')), runningServer('a-dead')),
      'runtime: maint a-dead, add b-heir, remove a-dead; reload: none',
    );
    assert.equal(
      text(want(desiredServer('b-heir')), runningServer('a-dead', { admin: 'maint' })),
      'runtime: add b-heir, remove a-dead; reload: none',
    );
  });

  it('names backends where there are several', () => {
    const desired = new Map([...want(desiredServer('web-1')), ['api', byName([desiredServer('api-1')])] as const]);
    assert.equal(text(desired), 'runtime: add webapp/web-1, add api/api-1; reload: none');
  });

  it('says where a server moves to', () => {
    const moved = desiredServer('web-1', { address: 'fd00::1', port: 81 });
    assert.equal(
      text(want(moved), runningServer('web-1')),
      'runtime: address web-1 to fd00::1:81, ready web-1; reload: none',
    );
  });

  it('reloads only for another revision, says why, and leaves every change to the file', () => {
    const plan = makePlan(want(desiredServer('web-1')), runningState([]), 'fedcba9876543210');
    assert.deepEqual(plan.steps, []);
    assert.equal(plan.reload, `structure ${STRUCTURE.revision} → fedcba9876543210`);
    const unknown = makePlan(want(), runningState([], { revision: null }), STRUCTURE.revision);
    assert.equal(unknown.reload, `structure unknown → ${STRUCTURE.revision}`);
  });

  it('leaves backends alone that are not ours', () => {
    const running = runningState([], { backends: new Map([['stats', byName([runningServer('x')])]]) });
    assert.ok(isEmpty(makePlan(want(), running, STRUCTURE.revision)));
  });
});

describe('plan: properties', () => {
  const admin = fc.constantFrom<AdminState>('ready', 'drain', 'maint');
  const fields = {
    address: fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1'),
    port: fc.constantFrom(80, 81),
    weight: fc.constantFrom(0, 1, 2),
    admin,
  };
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));
  const desired = names.chain((list) =>
    fc
      .tuple(...list.map((name) => fc.record({ ...fields, down: fc.boolean() }).map((one) => desiredServer(name, one))))
      .map((servers) => want(...(servers as DesiredServer[]))),
  );
  const runningWith = (markedDown: fc.Arbitrary<boolean | null>) =>
    names.chain((list) =>
      fc
        .tuple(...list.map((name) => fc.record({ ...fields, markedDown }).map((one) => runningServer(name, one))))
        .map((servers) => runningState(servers as RunningServer[])),
    );
  const running = runningWith(fc.constant(null));

  for (const marks of [false, true]) {
    it(`ends where it should: a plan that was carried out leaves nothing to do${marks ? ', where checks are told' : ''}`, () => {
      fc.assert(
        fc.property(desired, marks ? runningWith(fc.boolean()) : running, (wanted, now) => {
          const plan = makePlan(wanted, now, STRUCTURE.revision);
          const after = applyToModel(now, plan.steps, marks);
          assert.equal(describePlan(makePlan(wanted, after, STRUCTURE.revision)), 'runtime: none; reload: none');
        }),
        { numRuns: 2_000 },
      );
    });
  }

  it('marks a server down, and up again, where the balancer is told what the checks found', () => {
    const [up, down] = [runningServer('web-1', { markedDown: false }), runningServer('web-1', { markedDown: true })];
    assert.equal(text(want(desiredServer('web-1', { down: true })), up), 'runtime: mark web-1 down; reload: none');
    assert.equal(text(want(desiredServer('web-1')), down), 'runtime: mark web-1 up; reload: none');
    assert.equal(text(want(desiredServer('web-1', { down: true })), down), 'runtime: none; reload: none');
  });

  it('never has two names for one address take requests, where only one should', () => {
    fc.assert(
      fc.property(desired, running, (wanted, now) => {
        const { steps } = makePlan(wanted, now, STRUCTURE.revision);
        const taken = new Set(
          [...(wanted.get('webapp')?.values() ?? [])].map(({ address, port }) => `${address} ${port}`),
        );
        for (const [at, step] of steps.entries()) {
          if (step.kind !== 'add') continue;
          const open = [...(applyToModel(now, steps.slice(0, at)).backends.get('webapp')?.values() ?? [])];
          const old = open.filter(
            ({ name, address, port }) => !wanted.get('webapp')?.has(name) && taken.has(`${address} ${port}`),
          );
          assert.deepEqual(
            [...new Set(old.map((one) => one.admin))].filter((one) => one !== 'maint'),
            [],
          );
        }
      }),
    );
  });

  it('gives the same steps for the same input', () => {
    fc.assert(
      fc.property(desired, running, (wanted, now) => {
        assert.deepEqual(makePlan(wanted, now, STRUCTURE.revision), makePlan(wanted, now, STRUCTURE.revision));
      }),
    );
  });
});
