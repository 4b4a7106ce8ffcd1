import { strict as assert } from 'node:assert';
import { byName, desiredServer, SETTINGS } from '../../fixture.test.js';
import type { DesiredServer } from '../../plan/desired.js';
import { parseState, stateParts, stateText } from './running-state.js';

const TEXT = stateText(
  'abcd',
  new Map<string, ReadonlyMap<string, DesiredServer>>([
    ['webapp', byName([desiredServer('a', { weight: 7, admin: 'drain' }), desiredServer('b', { address: 'fd00::1' })])],
    ['api', new Map()],
  ]),
  SETTINGS,
);

describe('what NGINX tells of its config', () => {
  it('comes back as it was written, with the worker that answered', () => {
    const { pid, text, stated } = parseState(`4711 ${TEXT}`);
    assert.equal(pid, 4711);
    assert.equal(text, TEXT);
    assert.equal(stated.revision, 'abcd');
    assert.deepEqual(stated.backends.webapp?.[0], {
      ...{ name: 'a', serverId: 10_001, address: '10.0.0.1', port: 3000, weight: 7 },
      ...{ admin: 'drain', down: false, checked: true },
    });
    assert.deepEqual(stated.backends.api, []);
    assert.deepEqual(stated.check, { path: '/readyz', intervalMs: 250, fastMs: 100, downMs: 250, timeoutMs: 500 });
  });

  it('has each server as a list, to be short', () => {
    assert.ok(TEXT.includes('["a",10001,"10.0.0.1",3000,7,"drain",false,true]'), TEXT);
  });

  it('has nothing that a quoted word of its config would change', () => {
    assert.doesNotMatch(TEXT, /['$\\\n]/);
  });

  it('is cut into parts that a config file takes, and that make the whole again', () => {
    const many = Array.from({ length: 1_000 }, (_, at) => desiredServer(`web-${at}`));
    const text = stateText('abcd', new Map([['webapp', byName(many)]]), SETTINGS);
    const parts = stateParts(text);
    assert.ok(parts.length > 10);
    assert.ok(parts.every((part) => part.length < 4_096));
    assert.equal(parts.join(''), text);
  });

  it('is refused when it is something else', () => {
    for (const answer of ['', '4711', 'Active connections: 1', '4711 {"revision":"a"}', '4711 {'])
      assert.throws(() => parseState(answer), { code: 'balancer-answer-unknown', retryable: true, message: /\/state/ });
  });
});
