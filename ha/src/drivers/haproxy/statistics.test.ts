import { strict as assert } from 'node:assert';
import { AFTER_FAILED_RELOAD, STATISTICS, WITH_OLD_WORKER } from './captured.test.js';
import { parseConnections, parseOldWorkers, parseStatistics } from './statistics.js';

const UNKNOWN = { code: 'balancer-answer-unknown' };

describe('show stat', () => {
  it('counts what is open and what waits, and tells whether the last check got an answer', () => {
    assert.deepEqual(
      [...parseStatistics(STATISTICS)],
      [
        ['web-0', { inFlight: 1, answers: true }],
        ['web-1', { inFlight: 7, answers: false }],
      ],
    );
  });

  it('is empty for a backend without servers', () => {
    assert.equal(parseStatistics(`${STATISTICS.split('\n')[0]}\n\n`).size, 0);
  });

  // "Nothing in flight" lets a member stop: an answer that was not understood must not say that.
  for (const answer of ['', 'No such proxy.\n', 'Permission denied\n', '# pxname,svname\nwebapp,web-0\n']) {
    it(`is unknown, and not idle, when HAProxy answers ${JSON.stringify(answer)}`, () => {
      assert.throws(() => parseStatistics(answer), UNKNOWN);
    });
  }
});

describe('show info', () => {
  it('gives the connections of a worker', () => {
    assert.equal(parseConnections('Name: HAProxy\nHard_maxconn: 9979\nCurrConns: 12\nCumConns: 30\n'), 12);
  });

  it('gives 0 for a worker that is gone meanwhile', () => {
    assert.equal(parseConnections("Can't find the target PID matching the prefix '@!999999'\n"), 0);
  });
});

describe('show proc', () => {
  for (const [version, answer] of Object.entries(WITH_OLD_WORKER)) {
    it(`tells the worker from the old one on ${version}`, () => {
      assert.deepEqual(parseOldWorkers(answer), [Number(/# old workers\n(\d+)/.exec(answer)?.[1])]);
    });
  }

  it('finds no old worker where there is none', () => {
    const calm = WITH_OLD_WORKER['2.6'].replace(/# old workers\n.*\n/, '');
    assert.deepEqual(parseOldWorkers(calm), []);
  });

  it('tells on 3.2, after a failed reload, that the worker it lists as old may be the one that serves', () => {
    assert.deepEqual(parseOldWorkers(AFTER_FAILED_RELOAD), [30_601, 30_576]);
  });

  // An old worker may still send requests to a draining member: an answer that was not understood must not hide it.
  for (const answer of ['', 'Permission denied\n', 'Unknown command\n']) {
    it(`is unknown, and not "no old worker", when the master answers ${JSON.stringify(answer)}`, () => {
      assert.throws(() => parseOldWorkers(answer), UNKNOWN);
    });
  }
});
