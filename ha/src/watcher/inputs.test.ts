import { strict as assert } from 'node:assert';
import { eventually } from '../../../test/support/eventually.js';
import { createInputs } from './inputs.js';
import { newRegistry, registration } from './run-watcher.test.js';

const NEVER = new AbortController().signal;

function inputsOf(services: readonly string[], drained: readonly string[] = []) {
  const registry = newRegistry();
  const changes: number[] = [];
  const onChange = () => void changes.push(changes.length);
  const { source, board: drainBoard, weights: weightBoard } = registry;
  const kept = { drained: () => drained, weighed: () => new Map([['web-2', 3]]) };
  const options = { services, source, drainBoard, weightBoard, ...kept };
  return { registry, changes, inputs: createInputs({ ...options, onChange }) };
}

describe('inputs', () => {
  let end: AbortController;
  let ended: Promise<void>;
  const start = (run: (signal: AbortSignal) => Promise<void>) => {
    ended = run(end.signal);
  };

  beforeEach(() => {
    end = new AbortController();
    ended = Promise.resolve();
  });
  afterEach(async () => {
    end.abort();
    await ended;
  });

  it('knows nobody before the registry has answered, but who was drained, and which weights were set', () => {
    const { inputs } = inputsOf(['webapp'], ['web-2']);
    assert.equal(inputs.complete(), false);
    assert.equal(inputs.take().sets.get('webapp'), null);
    assert.deepEqual(inputs.take().intents, new Map([['webapp', new Map([['web-2', 'drain']])]]));
    assert.deepEqual(inputs.take().weights, new Map([['webapp', new Map([['web-2', 3]])]]));
  });

  it('forgets what it kept of drains and weights once the registry has answered', async () => {
    const { inputs, registry } = inputsOf(['webapp'], ['web-2']);
    registry.faults.fail();
    start(inputs.run);
    assert.equal(inputs.take().intents.get('webapp')?.get('web-2'), 'drain');
    registry.faults.recover();
    await eventually(() => assert.equal(inputs.take().intents.get('webapp')?.size, 0));
    await eventually(() => assert.equal(inputs.take().weights.get('webapp')?.size, 0));
  });

  it('follows members, intents and weights of every service, and calls after each change', async () => {
    const { changes, inputs, registry } = inputsOf(['webapp', 'api']);
    start(inputs.run);
    await eventually(() => assert.ok(inputs.complete()));
    const before = changes.length;
    await registry.registrar.join({ ...registration('api-1'), service: 'api' }, NEVER);
    await eventually(() => assert.ok(inputs.take().sets.get('api')?.members.has('api-1')));
    assert.ok(changes.length > before);
    assert.equal(inputs.take().sets.get('webapp')?.members.size, 0);
    await registry.board.setIntent('webapp', 'web-1', 'leave', NEVER);
    await eventually(() => assert.equal(inputs.take().intents.get('webapp')?.get('web-1'), 'leave'));
    assert.equal(inputs.take().intents.get('api')?.size, 0);
    await registry.weights.setWeight('api', 'api-1', 9, NEVER);
    await eventually(() => assert.equal(inputs.take().weights.get('api')?.get('api-1'), 9));
    assert.equal(inputs.take().weights.get('webapp')?.size, 0);
  });

  it('is complete only when every service has been answered for', async () => {
    const registry = newRegistry();
    const { board: drainBoard, weights: weightBoard } = registry;
    const source = {
      name: 'half',
      watch: (service: string, signal: AbortSignal) =>
        service === 'api' ? silence(signal) : registry.source.watch(service, signal),
    };
    const services = ['webapp', 'api'];
    const known = { drained: () => [], weighed: () => new Map() };
    const inputs = createInputs({ services, source, drainBoard, weightBoard, ...known, onChange: () => {} });
    start(inputs.run);
    await eventually(() => assert.ok(inputs.take().sets.get('webapp')));
    assert.equal(inputs.complete(), false);
  });

  it('keeps the newest answers while the registry is away', async () => {
    const { inputs, registry } = inputsOf(['webapp']);
    await registry.registrar.join(registration('web-1'), NEVER);
    start(inputs.run);
    await eventually(() => assert.ok(inputs.complete()));
    registry.faults.fail();
    assert.deepEqual([...(inputs.take().sets.get('webapp')?.members.keys() ?? [])], ['web-1']);
  });
});

/** A registry that never answers. */
async function* silence(signal: AbortSignal): AsyncGenerator<never> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
