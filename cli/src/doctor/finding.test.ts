import { strict as assert } from 'node:assert';
import { plainPaint } from '../terminal.js';
import { findingLines, ok } from './finding.js';
import { examineNode } from './surroundings.js';

describe('a finding of the doctor', () => {
  it('is one line when all is well, with what more there is below it', () => {
    assert.deepEqual(findingLines(ok('node', 'Node 24'), plainPaint), ['ok        node: Node 24']);
    assert.deepEqual(findingLines(ok('balancer', 'NGINX', ['by a reload']), plainPaint), [
      'ok        balancer: NGINX',
      '          by a reload',
    ]);
  });

  it('ends with what to do when it is not, and lets no text steer the terminal', () => {
    const finding = {
      about: 'cluster',
      state: 'problem',
      found: 'a \u001b[2J',
      details: [],
      advice: 'start it',
    } as const;
    assert.deepEqual(findingLines(finding, plainPaint), ['problem   cluster: a \\x1b[2J', '          → start it']);
  });

  it('is a problem with a Node that is too old', () => {
    assert.deepEqual(
      ['20.18.9', '20.19.0', '24.1.0', '9.0.0'].map((version) => examineNode(version).state),
      ['problem', 'ok', 'ok', 'problem'],
    );
  });
});
