import { membersTable } from '../../cli/src/members.js';
import { plainPaint } from '../../cli/src/terminal.js';
import type { RecordedEvent } from '../../ha/src/events/event.js';
import type { MemberView } from '../../ha/src/watcher/status.js';
import type { ServerSeen } from '../support/cluster-haproxy.js';
import { byName } from './seen.js';
import { textTable } from './text-table.js';

const EVENT_WIDTH = 16;

/** A text with stable names, and times counted from the start of the step. */
export type Plain = (text: string) => string;

/** What `muster members` prints, drawn by the command's own code from members that have stable names. */
export function membersText(members: readonly MemberView[], plain: Plain): string {
  const named = members.map((member) => ({
    ...member,
    id: plain(member.id),
    address: plain(member.address),
    // The API's types are read-only, the command's are not.
    tags: { ...member.tags },
  }));
  return membersTable(
    named.sort((a, b) => byName(a.id, b.id)),
    plainPaint,
  );
}

/** What the running HAProxy says of itself, `show servers state`. */
export function serversText(servers: readonly ServerSeen[], plain: Plain): string {
  const rows = servers.map(({ backend, name, endpoint, admin, up, weight }) => [
    plain(name),
    backend,
    plain(endpoint),
    admin,
    up ? 'up' : 'down',
    String(weight),
  ]);
  rows.sort((a, b) => byName(a[0] ?? '', b[0] ?? ''));
  return textTable(['server', 'backend', 'address', 'state', 'check', 'weight'], rows);
}

/** As `muster events`, with the time since the step began. */
export function eventsText(events: readonly RecordedEvent[], plain: Plain): string {
  const lines = events.map(({ at, type, message }) => `${plain(at)}  ${type.padEnd(EVENT_WIDTH)}  ${plain(message)}`);
  return lines.join('\n');
}
