import { strict as assert } from 'node:assert';
import { nginxCheck } from './check.js';

describe('nginx -t', () => {
  const reasons = (output: string) => nginxCheck('nginx').reasons(output, '/run/muster/nginx.conf.candidate');

  it('tells a fault by its line, without paths', () => {
    const output = [
      'nginx: [warn] 4096 worker_connections exceed open file resource limit: 1024',
      'nginx: [emerg] unknown directive "muster-nonsense" in /run/muster/nginx.conf.candidate:34',
      'nginx: configuration file /run/muster/nginx.conf.candidate test failed',
    ].join('\n');
    assert.deepEqual(reasons(output), ['line 34: unknown directive "muster-nonsense"']);
  });

  it('tells a fault without a line as it is', () => {
    const output =
      '2026/11/22 03:27:41 [emerg] 1516#1516: mkdir() "/run/muster/temp-body" failed (28: No space left on device)';
    assert.deepEqual(reasons(output), ['mkdir() "/run/muster/temp-body" failed (28: No space left on device)']);
  });
});
