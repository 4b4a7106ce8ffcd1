import type { AdminState, Health, RunningServer } from '../../plan/desired.js';
import { unknownAnswer } from './answers.js';

/**
 * Admin flags of `srv_admin_state`: forced, inherited, resolution and host-name maintenance; forced and inherited drain
 * (management manual, `show servers state`). 0x04 is left out: it only tells that the file said `disabled`, and stays
 * after `set server … state ready`.
 */
const MAINT_FLAGS = 0x01 | 0x02 | 0x20 | 0x40;
const DRAIN_FLAGS = 0x08 | 0x10;
/** `srv_op_state` 0 = SRV_ST_STOPPED. */
const STOPPED = 0;
/** `srv_check_state`: the line asks for checks; they are not turned off by `disable health` (CHK_ST_* of haproxy's check-t.h). */
const CHECK_CONFIGURED = 0x02;
const CHECK_ENABLED = 0x04;
/** `srv_check_status` up to here: never checked. `srv_check_result` tells nothing while a check is under way. */
const NEVER_CHECKED = 1;

/** Parses the answer of `show servers state` into servers by name, by backend; columns are found by their names. */
export function parseServersState(answer: string): Map<string, Map<string, RunningServer>> {
  const lines = answer.split('\n').filter((line) => line !== '');
  const header = lines.findIndex((line) => line.startsWith('# be_id'));
  if (header < 0) throw unknownAnswer('show servers state', answer);
  const columns = new Map(
    (lines[header] ?? '')
      .slice(2)
      .split(' ')
      .map((name, index) => [name, index]),
  );
  const backends = new Map<string, Map<string, RunningServer>>();
  for (const line of lines.slice(header + 1)) {
    const cells = line.split(' ');
    const cell = (name: string) => cells[columns.get(name) ?? -1] ?? raise(answer);
    const servers = backends.get(cell('be_name')) ?? new Map<string, RunningServer>();
    servers.set(cell('srv_name'), parseServer(cell));
    backends.set(cell('be_name'), servers);
  }
  return backends;
}

function parseServer(cell: (name: string) => string): RunningServer {
  const admin = adminState(Number(cell('srv_admin_state')));
  return {
    name: cell('srv_name'),
    serverId: Number(cell('srv_id')),
    address: cell('srv_addr'),
    port: Number(cell('srv_port')),
    weight: Number(cell('srv_uweight')),
    admin,
    health: admin === 'maint' ? 'unknown' : health(Number(cell('srv_op_state')), Number(cell('srv_check_status'))),
    checked: checked(Number(cell('srv_check_state'))),
    markedDown: null,
    inFlight: null,
    answers: null,
  };
}

function adminState(flags: number): AdminState {
  if (flags & MAINT_FLAGS) return 'maint';
  return flags & DRAIN_FLAGS ? 'drain' : 'ready';
}

function health(opState: number, checkStatus: number): Health {
  if (opState === STOPPED) return 'down';
  return checkStatus > NEVER_CHECKED ? 'up' : 'unknown';
}

function checked(state: number): boolean | null {
  return state & CHECK_CONFIGURED ? (state & CHECK_ENABLED) !== 0 : null;
}

function raise(answer: string): never {
  throw unknownAnswer('show servers state', answer);
}
