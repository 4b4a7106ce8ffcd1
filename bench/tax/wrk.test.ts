import { strict as assert } from 'node:assert';
import { parseWrk } from './wrk.js';

const OUTPUT = `Running 2s test @ http://127.0.0.1:20000/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   412.70us  350.31us   9.64ms   91.11%
  Latency Distribution
     50%  345.00us
     99%    1.54ms
  82451 requests in 2.10s, 11.24MB read
Requests/sec:  39262.30
Transfer/sec:      5.35MB
`;

describe('the output of wrk', () => {
  it('gives the rate and the p99 in ms', () => {
    assert.deepEqual(parseWrk(OUTPUT), { requests: 82451, requestsPerSecond: 39262.3, p99Ms: 1.54 });
    assert.equal(parseWrk(OUTPUT.replace('1.54ms', '980.00us')).p99Ms, 0.98);
  });

  it('is refused when a request failed', () => {
    assert.throws(() => parseWrk(`${OUTPUT}  Non-2xx or 3xx responses: 3\n`), /requests failed under load: Non-2xx/);
    assert.throws(() => parseWrk(`${OUTPUT}  Socket errors: connect 0, read 1, write 0, timeout 0\n`), /Socket errors/);
  });

  it('is refused when it says something else', () => {
    assert.throws(() => parseWrk('unable to connect'), /not understood/);
  });
});
