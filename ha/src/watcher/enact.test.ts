import { strict as assert } from 'node:assert';
import { MusterError } from '@muster/membership';
import { EDITED, STRUCTURE } from '../fixture.test.js';
import { desired, enactor } from './run-enactor.test.js';
import { words } from './run-watcher.test.js';

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

  it('does not reload after other faults', async () => {
    const { balancer, enact } = enactor();
    balancer.failNext(new MusterError('balancer-unreachable', 'no answer', { retryable: true }));
    await assert.rejects(enact(desired('web-1')), { code: 'balancer-unreachable' });
    await enact(desired('web-1'));
    assert.deepEqual([balancer.reloads, balancer.servers()], [0, ['web-1 ready']]);
  });

  it('does not refuse a candidate for a fault that is not its own', async () => {
    const { balancer, enact, refused, structures } = enactor({ candidate: EDITED });
    balancer.failNext(new MusterError('config-unwritable', 'disk full', { retryable: true }));
    await enact(desired()).catch(() => {});
    await enact(desired());
    assert.deepEqual([refused, structures.accepted], [[], EDITED]);
  });
});
