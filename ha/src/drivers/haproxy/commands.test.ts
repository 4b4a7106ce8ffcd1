import { strict as assert } from 'node:assert';
import { ID_PATTERN } from '@muster/membership';
import fc from 'fast-check';
import { desiredServer, STRUCTURE } from '../../fixture.test.js';
import type { AdminState } from '../../plan/desired.js';
import type { Step } from '../../plan/plan.js';
import { type Command, commandsOf, judge, unknownReply } from './commands.js';

const BACKEND = { backend: 'webapp' };
const LINE = STRUCTURE.serverLine(desiredServer('web-1'));
const texts = (step: Step) => commandsOf(step, STRUCTURE, { cookieOnAdd: true }).map(({ text }) => text);

function command(step: Step, verb: string): Command {
  return (
    commandsOf(step, STRUCTURE, { cookieOnAdd: true }).find(({ text }) => text.startsWith(verb)) ??
    assert.fail(`no ${verb}`)
  );
}

describe('runtime commands', () => {
  it('add a server, switch its checks on, and open it', () => {
    assert.deepEqual(texts({ kind: 'add', ...BACKEND, server: desiredServer('web-1') }), [
      `add server webapp/${LINE}`,
      'enable health webapp/web-1',
      'set server webapp/web-1 state ready',
    ]);
  });

  it('leave a server closed that was added in maintenance', () => {
    assert.deepEqual(texts({ kind: 'add', ...BACKEND, server: desiredServer('web-1', { admin: 'maint' }) }), [
      `add server webapp/${LINE}`,
      'enable health webapp/web-1',
    ]);
  });

  it('add a draining server with its own weight in the end, so that the next look finds nothing to do', () => {
    const server = desiredServer('web-1', { admin: 'drain', weight: 5 });
    assert.deepEqual(texts({ kind: 'add', ...BACKEND, server }), [
      `add server webapp/${STRUCTURE.serverLine(server)}`,
      'enable health webapp/web-1',
      'set server webapp/web-1 state drain',
      'set server webapp/web-1 weight 5',
    ]);
  });

  it('close a server before its address changes', () => {
    const server = desiredServer('web-1', { address: 'fd00::1', port: 81 });
    assert.deepEqual(texts({ kind: 'address', ...BACKEND, server, from: { address: '10.0.0.1', port: 3000 } }), [
      'set server webapp/web-1 state maint',
      'set server webapp/web-1 addr fd00::1 port 81',
    ]);
  });

  it('set weights and states', () => {
    const name = 'web-1';
    assert.deepEqual(texts({ kind: 'weight', ...BACKEND, name, weight: 0 }), ['set server webapp/web-1 weight 0']);
    const health = 'enable health webapp/web-1';
    assert.deepEqual(texts({ kind: 'drain', ...BACKEND, name }), [health, 'set server webapp/web-1 state drain']);
    assert.deepEqual(texts({ kind: 'maint', ...BACKEND, name }), ['set server webapp/web-1 state maint']);
    assert.deepEqual(texts({ kind: 'ready', ...BACKEND, name, down: false }), [
      health,
      'set server webapp/web-1 state ready',
    ]);
  });

  it('turn checks off and on', () => {
    const check = (on: boolean) => texts({ kind: 'check', ...BACKEND, name: 'web-1', on });
    assert.deepEqual([...check(false), ...check(true)], ['disable health webapp/web-1', 'enable health webapp/web-1']);
  });

  it('open a server that is down by way of drain: out of maintenance it would come up unchecked', () => {
    // Measured on 2.6, 3.0 and 3.2: leaving maintenance resets the health, leaving drain does not.
    assert.deepEqual(texts({ kind: 'ready', ...BACKEND, name: 'web-1', down: true }), [
      'enable health webapp/web-1',
      'set server webapp/web-1 state drain',
      'set server webapp/web-1 health down',
      'set server webapp/web-1 state ready',
    ]);
  });

  it('remove a server, after closing it where it is open', () => {
    assert.deepEqual(texts({ kind: 'remove', ...BACKEND, name: 'web-1', admin: 'active' }), [
      'set server webapp/web-1 state maint',
      'del server webapp/web-1',
    ]);
    assert.deepEqual(texts({ kind: 'remove', ...BACKEND, name: 'web-1', admin: 'maint' }), ['del server webapp/web-1']);
  });
});

describe('runtime replies', () => {
  const add = command({ kind: 'add', ...BACKEND, server: desiredServer('web-1') }, 'add server');
  const state = command({ kind: 'drain', ...BACKEND, name: 'web-1' }, 'set server');
  const moved = command(
    { kind: 'address', ...BACKEND, server: desiredServer('web-1'), from: { address: '10.0.0.2', port: 3000 } },
    'set server webapp/web-1 addr',
  );
  const removed = command({ kind: 'remove', ...BACKEND, name: 'web-1', admin: 'maint' }, 'del server');

  // What HAProxy 2.6.12, 3.0.11 and 3.2.26 answered.
  const known: readonly (readonly [Command, string, 'done' | 'not-yet' | 'unknown'])[] = [
    [add, 'New server registered.', 'done'],
    [add, 'Already exists a server with the same name in backend.', 'unknown'],
    [add, '', 'unknown'],
    [state, '', 'done'],
    [state, 'No such server.', 'unknown'],
    [state, 'Permission denied', 'unknown'],
    [
      moved,
      "IP changed from '127.0.0.1' to '127.0.0.2', port changed from '10' to '11' by 'stats socket command'",
      'done',
    ],
    [moved, "IP changed from '127.0.0.2' to '127.0.0.3', no need to change the port by 'stats socket command'", 'done'],
    [moved, "no need to change the addr, port changed from '11' to '12' by 'stats socket command'", 'done'],
    [moved, "no need to change the addr, no need to change the port by 'stats socket command'", 'done'],
    [moved, "IP changed from '127.0.0.3' to 'fd00::1' by 'stats socket command'", 'done'],
    [moved, "port changed from '11' to '12' by 'stats socket command'", 'done'],
    [moved, 'nothing changed', 'done'],
    [moved, 'set server <b>/<s> addr requires an address and optionally a port.', 'unknown'],
    [moved, "Invalid addr format for 'x'", 'unknown'],
    [removed, 'Server deleted.', 'done'],
    [removed, 'No such server.', 'done'],
    [removed, 'Server still has connections attached to it, cannot remove it.', 'not-yet'],
    [removed, 'Only servers in maintenance mode can be deleted.', 'unknown'],
    [removed, '', 'unknown'],
  ];

  for (const [asked, reply, verdict] of known) {
    it(`to \`${asked.text.split(' ').slice(0, 2).join(' ')}\`: "${reply.slice(0, 60)}" is ${verdict}`, () => {
      assert.equal(judge(asked, reply), verdict);
    });
  }

  it('are done for a known reply only, never for one that merely contains it', () => {
    for (const reply of [
      'x New server registered.',
      'New server registered.\nUnknown command',
      "Unknown command: 'set'",
    ]) {
      for (const asked of [add, state, moved, removed]) assert.equal(judge(asked, reply), 'unknown');
    }
  });

  it('that are unknown make an error that shows command and reply', () => {
    const error = unknownReply(state, 'x'.repeat(1_000));
    assert.equal(error.code, 'balancer-answer-unknown');
    assert.ok(error.retryable);
    assert.ok(error.message.includes(state.text));
    assert.ok(error.message.length < 500);
  });
});

describe('runtime commands: properties', () => {
  const id = fc.oneof(
    fc.stringMatching(ID_PATTERN),
    fc.constantFrom('a:b', 'state', 'a..b', '_', '1', 'x'.repeat(127)),
  );
  const admin = fc.constantFrom<AdminState>('ready', 'drain', 'maint');
  const server = fc
    .record({
      name: id,
      admin,
      address: fc.oneof(fc.ipV4(), fc.constantFrom('fd00::1', '::1')),
      port: fc.integer({ min: 1, max: 65_535 }),
      weight: fc.integer({ min: 0, max: 256 }),
    })
    .map(({ name, ...rest }) => desiredServer(name, rest));
  const step: fc.Arbitrary<Step> = fc.oneof(
    server.map((one): Step => ({ kind: 'add', ...BACKEND, server: one })),
    server.map(
      (one): Step => ({ kind: 'address', ...BACKEND, server: one, from: { address: '10.0.0.1', port: 3000 } }),
    ),
    fc.record({ name: id, down: fc.boolean() }).map((one): Step => ({ kind: 'ready', ...BACKEND, ...one })),
    id.map((name): Step => ({ kind: 'drain', ...BACKEND, name })),
    id.map((name): Step => ({ kind: 'weight', ...BACKEND, name, weight: 1 })),
    id.map((name): Step => ({ kind: 'remove', ...BACKEND, name, admin: 'active' })),
  );

  it('are one command each, whatever id the schema lets through', () => {
    fc.assert(
      fc.property(step, (one) => {
        for (const text of texts(one)) {
          // HAProxy splits commands at `;` and at the end of the line, words at blanks; `<<` starts a payload.
          assert.match(
            text,
            /^(add server|set server|enable health|del server) webapp\/[A-Za-z0-9_.:-]+( [\x21-\x3a\x3d-\x7e]+)*$/,
          );
          assert.equal(/[;\n\r\\"'#]|<</.test(text), false, text);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
