import { strict as assert } from 'node:assert';
import { autoScalingFailure } from './auto-scaling-failure.js';
import { textIn } from './xml.js';

function failureOf(status: number, code: string, message: string) {
  const text = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  const { code: ours, retryable, message: said } = autoScalingFailure('CompleteLifecycleAction', { status, text });
  return { ours, retryable, said };
}

describe('a refusal of Auto Scaling', () => {
  it('names the call, the code and what AWS said', () => {
    const { said } = failureOf(400, 'Throttling', 'Rate exceeded');
    assert.equal(said, 'CompleteLifecycleAction: Throttling: Rate exceeded');
  });

  it('is the end of the matter only when there is no lifecycle action, or the request is wrong', () => {
    const none = failureOf(400, 'ValidationError', 'No active Lifecycle Action found with instance ID i-1');
    assert.deepEqual([none.ours, none.retryable], ['no-lifecycle-action', false]);
    const wrong = failureOf(400, 'ValidationError', 'The hook name is too long');
    assert.deepEqual([wrong.ours, wrong.retryable], ['aws-invalid', false]);
  });

  it('may go away by itself otherwise', () => {
    const expected = [
      [400, 'Throttling', 'aws-throttled'],
      [503, 'RequestLimitExceeded', 'aws-throttled'],
      [403, 'ExpiredToken', 'aws-credentials'],
      [403, 'InvalidClientTokenId', 'aws-credentials'],
      [403, 'AccessDenied', 'aws-denied'],
      [500, 'InternalFailure', 'aws-unavailable'],
      [400, 'SomethingNew', 'aws-refused'],
    ] as const;
    for (const [status, code, ours] of expected)
      assert.deepEqual([failureOf(status, code, 'x').ours, failureOf(status, code, 'x').retryable], [ours, true], code);
  });

  it('is understood when it is no XML', () => {
    const failure = autoScalingFailure('DescribeLifecycleHooks', { status: 502, text: 'Bad Gateway' });
    assert.equal(failure.message, 'DescribeLifecycleHooks: status 502: Bad Gateway');
    assert.equal(failure.code, 'aws-unavailable');
  });
});

describe('the text of an XML element', () => {
  it('is that of the first one, with its entities read', () => {
    assert.equal(textIn('<a><Name>x &amp; &lt;y&gt;</Name><Name>z</Name></a>', 'Name'), 'x & <y>');
    assert.equal(textIn('<a><Names>x</Names></a>', 'Name'), null);
    assert.equal(textIn('<Name><b>x</b></Name>', 'Name'), null);
  });
});
