import { strict as assert } from 'node:assert';
import type { ApiMember } from './api-schema.js';
import { membersTable } from './members.js';
import { findMember } from './operate.js';
import { paintFor, plainPaint } from './terminal.js';

function member(id: string, changes: Partial<ApiMember> = {}): ApiMember {
  const server = { admin: 'ready', health: 'up', weight: 1, inFlight: 3 } as const;
  const base = {
    id,
    service: 'webapp',
    address: '127.0.0.1',
    port: 3001,
    weight: 1,
    operatorWeight: null,
    capacity: 100,
    status: 'alive',
    role: 'backend',
    boot: 'b1',
    tags: {},
  } as const;
  return { ...base, server, intent: null, held: false, ...changes };
}

describe('muster members', () => {
  it('shows what the balancer runs beside what the registry says', () => {
    const table = membersTable(
      [member('web-1', { intent: 'drain' }), member('web-2', { server: null, held: true, status: 'failed' })],
      plainPaint,
    );
    assert.match(table, /web-1 .*127\.0\.0\.1:3001 .*alive .*ready .*up .*1 .*3 .*drain asked/);
    assert.match(table, /web-2 .*failed .*- .*- .*held by the guard/);
  });

  it('marks a weight that an operator set, and a member that takes less than its share', () => {
    const weighed = member('web-1', { weight: 4, operatorWeight: 4, capacity: 30 });
    assert.match(membersTable([weighed], plainPaint), /web-1 .* 4 .*weight asked, takes 30 %/);
  });

  it('says so when there is nobody', () => assert.equal(membersTable([], plainPaint), 'no members'));

  it('lets no control character of a member reach the terminal', () => {
    assert.equal(membersTable([member('web-1', { service: 'a\u001b[2Jb' })], plainPaint).includes('\u001b'), false);
  });
});

describe('colour', () => {
  it('is used on a terminal only, and not with NO_COLOR', () => {
    assert.equal(paintFor({ isTTY: true }, {})('red', 'x'), '\u001b[31mx\u001b[39m');
    assert.equal(paintFor({ isTTY: true }, { NO_COLOR: '1' })('red', 'x'), 'x');
    assert.equal(paintFor({ isTTY: false }, {})('red', 'x'), 'x');
  });
});

describe('finding the member of a command', () => {
  const all = [member('web-1'), member('web-1', { service: 'api' }), member('web-2')];

  it('takes the first service that has the id, or the one that was named', () => {
    assert.equal(findMember(all, 'web-1', undefined).service, 'webapp');
    assert.equal(findMember(all, 'web-1', 'api').service, 'api');
  });

  it('names the members there are when there is none', () => {
    assert.throws(() => findMember(all, 'web-9', 'webapp'), {
      code: 'member-unknown',
      message: /no member web-9 in service webapp: the members are web-1, web-2/,
    });
  });
});
