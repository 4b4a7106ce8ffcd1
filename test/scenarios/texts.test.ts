import { strict as assert } from 'node:assert';
import { LoadReport, type RequestRecord } from '../support/load-report.js';
import { sortServers } from './config-text.js';
import { logLine, logText, trimmed } from './container-logs.js';
import { psRow } from './docker-ps.js';
import { judgeLoad, loadText } from './load-text.js';
import { faultsOf } from './publish.js';
import { textTable } from './text-table.js';

describe('the texts of a recording', () => {
  it('list the servers of a config by name, each backend for itself', () => {
    const config = 'backend a\n  server webapp-10 x\n  server webapp-2 x\n\nbackend b\n  server webapp-1 x\n# end';
    assert.equal(
      sortServers(config),
      'backend a\n  server webapp-2 x\n  server webapp-10 x\n\nbackend b\n  server webapp-1 x\n# end',
    );
  });

  it('say of a container what it is, not for how long', () => {
    const status = (text: string) => psRow(['a', 'b', 'c', text, ''])[3];
    assert.equal(status('Up 2 minutes (healthy)'), 'Up');
    assert.equal(status('Up Less than a second (health: starting)'), 'Up');
    assert.equal(status('Up About a minute'), 'Up');
    assert.equal(status('Exited (137) 3 seconds ago'), 'Exited (137)');
    assert.equal(status('Exited (0) About an hour ago'), 'Exited (0)');
    assert.equal(status('Created'), 'Created');
  });

  it("leave out a program's own time and pid", () => {
    const time = '2026-11-22T00:00:01.000000000Z';
    assert.deepEqual(logLine(`${time} {"level":30,"time":"2026-11-22T00:00:00.9Z","pid":7,"msg":"x"}`, 'ha'), [
      `${time}  ha  {"level":30,"msg":"x"}`,
    ]);
    assert.deepEqual(logLine(`${time}     2026-11-22T00:00:00.9Z [WARN]  agent: y`, 'consul'), [
      `${time}  consul  [WARN]  agent: y`,
    ]);
    assert.deepEqual(logLine(`${time} [NOTICE]   (102) : Initializing new worker (108)`, 'ha'), [
      `${time}  ha  [NOTICE]   Initializing new worker`,
    ]);
    assert.deepEqual(logLine(`${time} `, 'ha'), []);
    assert.deepEqual(logLine('', 'ha'), []);
  });

  it('merge logs by time, and show once what HAProxy says twice', () => {
    const at = (second: number) => `2026-11-22T00:00:0${second}.000000000Z`;
    const one = `${at(1)} first\n${at(3)} third`;
    const other = `${at(2)} [WARNING]  (108) : Server down.\n${at(2)} Server down.\n`;
    const plain = (text: string) => text.replace(/^\S+:0(\d)\.\d+Z/, 't+$1.234 s');
    assert.equal(
      logText(
        [
          ['a', one],
          ['ha', other],
        ],
        plain,
      ),
      't+1.2 s  a  first\nt+2.2 s  ha  Server down.\nt+3.2 s  a  third',
    );
  });

  it('leave out the middle of a long log, and say how much', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, line) => String(line));
    assert.deepEqual(trimmed(lines(81)), lines(81));
    const short = trimmed(lines(100));
    assert.equal(short.length, 81);
    assert.equal(short[60], '… 20 lines …');
    assert.equal(short.at(-1), '99');
  });

  it('align columns', () => {
    assert.equal(textTable(['a', 'b'], [['long', 'x']]), 'a     b\nlong  x');
    assert.equal(textTable(['a', 'b'], []), 'a  b');
  });
});

describe('the load of a recording', () => {
  const early = request({ startMs: 0, status: 503 });
  const served = request({ startMs: 10, backend: 'web-a' });

  it('does not count a refusal before the first member as a failure, but any later one', () => {
    const late = request({ startMs: 20, status: 503 });
    const { tooEarly, failed, failures, byMember } = judgeLoad(new LoadReport([early, served, late]), false);
    assert.deepEqual([tooEarly, failed, failures, byMember], [1, 1, { 'status 503': 1 }, { 'web-a': 1 }]);
  });

  it('counts every refusal when members were there from the beginning', () => {
    const { tooEarly, failed } = judgeLoad(new LoadReport([early, served]), true);
    assert.deepEqual([tooEarly, failed], [0, 1]);
  });

  it('counts an error at any time', () => {
    const broken = request({ startMs: 0, status: null, error: 'ECONNRESET' });
    assert.deepEqual(judgeLoad(new LoadReport([broken, served]), false).failures, { ECONNRESET: 1 });
  });

  it('is told in lines, with the members by their names', () => {
    const text = loadText(judgeLoad(new LoadReport([served]), true), () => 'webapp-1');
    assert.match(text, /^requests +1$/m);
    assert.match(text, /^failed +0$/m);
    assert.match(text, /^answered by\n {2}webapp-1 {2}1\n$/m);
  });
});

describe('a recording', () => {
  const leaks = (text: string) => (text.includes('secret') ? ['a secret'] : []);

  it('is kept when it gives nothing away and is small', () => {
    assert.deepEqual(faultsOf(new Map([['a.txt', 'fine']]), { leaks }), []);
  });

  it('is not kept with a secret in it', () => {
    assert.deepEqual(faultsOf(new Map([['a.txt', 'secret']]), { leaks }), ['a.txt holds a secret']);
  });

  it('is not kept when it is large', () => {
    assert.match(faultsOf(new Map([['a.png', Buffer.alloc(2_000_000)]]), { leaks }).join(), /2000000 bytes/);
  });
});

function request(values: Partial<RequestRecord>): RequestRecord {
  const startMs = values.startMs ?? 0;
  const fixed = { id: 'x', client: 0, keepAlive: true, method: 'GET', reusedSocket: false };
  return { ...fixed, startMs, endMs: startMs + 5, status: 200, backend: null, error: null, ...values };
}
