import { strict as assert } from 'node:assert';
import { STATE_HEADER, STATE_LINES } from './captured.test.js';
import { parseServersState } from './servers-state.js';

function one(line: string) {
  const [server] = [...(parseServersState(`${STATE_HEADER}${line}\n\n`).get('webapp')?.values() ?? [])];
  return server ?? assert.fail('no server');
}

describe('show servers state', () => {
  it('gives every field of a draining server', () => {
    assert.deepEqual(one(STATE_LINES.draining), {
      name: 'web-7',
      serverId: 20_000,
      address: 'fd00::1',
      port: 12,
      weight: 3,
      admin: 'drain',
      health: 'unknown',
      markedDown: null,
      inFlight: null,
      checked: true,
      answers: null,
    });
  });

  it('tells a server that its check found down', () => {
    const { admin, health } = one(STATE_LINES.down);
    assert.deepEqual({ admin, health }, { admin: 'ready', health: 'down' });
  });

  it('takes a disabled server for maintenance, of unknown health', () => {
    const { admin, health } = one(STATE_LINES.disabledInFile);
    assert.deepEqual({ admin, health }, { admin: 'maint', health: 'unknown' });
  });

  it('takes a server for ready that the file disabled and a command opened', () => {
    assert.equal(one(STATE_LINES.disabledInFileThenReady).admin, 'ready');
  });

  it('takes a server for up once it was checked, also while the next check is under way', () => {
    assert.equal(one('3 webapp 1 a 10.0.0.1 2 0 1 1 1 15 3 3 6 0 0 1 - 9 - 0 0 - - 0').health, 'up');
    assert.equal(one('3 webapp 1 a 10.0.0.1 2 0 1 1 1 15 0 3 6 0 0 1 - 9 - 0 0 - - 0').health, 'up');
    assert.equal(one('3 webapp 1 a 10.0.0.1 2 0 1 1 1 1 0 1 6 0 0 1 - 9 - 0 0 - - 0').health, 'unknown');
  });

  it('keeps backends apart', () => {
    const api = STATE_LINES.down.replace('3 webapp', '4 api');
    const state = parseServersState(`${STATE_HEADER}${STATE_LINES.down}\n${api}\n\n`);
    assert.deepEqual([...state.keys()], ['webapp', 'api']);
  });

  it('tells whether a check runs, was turned off, or was never asked for', () => {
    const checked = (state: number) => {
      const line = STATE_LINES.down.replace('8 2 0 6 0', `8 2 0 ${state} 0`);
      return parseServersState(`${STATE_HEADER}${line}\n`).get('webapp')?.get('web-0')?.checked;
    };
    assert.deepEqual([6, 7, 2, 0].map(checked), [true, true, false, null]);
  });

  it('is empty when there are no servers', () => {
    assert.equal(parseServersState(STATE_HEADER).size, 0);
  });

  it('finds columns by name, in any order', () => {
    const text =
      '1\n# be_id srv_name be_name srv_port srv_addr srv_uweight srv_op_state srv_admin_state srv_check_status srv_check_state srv_id\n9 a b 80 10.0.0.1 2 2 0 3 6 7\n';
    assert.equal(parseServersState(text).get('b')?.get('a')?.port, 80);
  });

  for (const [what, answer] of [
    ['empty', ''],
    ['an error', 'Permission denied\n'],
    ['cut in the middle of a line', STATE_HEADER + STATE_LINES.down.slice(0, 40)],
    ['without a column that it needs', STATE_HEADER.replace('srv_admin_state', 'other') + STATE_LINES.down],
  ] as const) {
    it(`is unknown, and no empty state, when the answer is ${what}`, () => {
      assert.throws(() => parseServersState(answer), { code: 'balancer-answer-unknown', retryable: true });
    });
  }
});
