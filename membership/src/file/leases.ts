import { z } from 'zod';
import type { Rejection } from '../member.js';
import { type Candidate, printableId } from '../schema.js';
import type { Document } from './document.js';

/** What only the file registry reads of an entry; the rest goes to `parseMember` as it is. */
const leaseSchema = z.looseObject({
  id: z.string(),
  service: z.string().optional(),
  status: z.enum(['alive', 'leaving', 'failed']).default('alive'),
  /** Without one the entry has no lease: another tool wrote it and it stays until it is removed. */
  ttlMs: z.int().min(1).max(86_400_000).optional(),
  heartbeat: z.int().optional(),
});

type Entry = z.infer<typeof leaseSchema>;

interface Lease {
  readonly document: Document;
  readonly entry: Entry;
  /** Everything but the heartbeat, to see whether a look changed more than that. */
  readonly fingerprint: string;
  readonly firstSeen: number;
  readonly renewedAtMs: number;
  /** Since when the member is failed or its lease has run out; null while it is neither. */
  readonly lapsedAtMs: number | null;
}

/** What other tools may leave out. */
const DEFAULTS = { weight: 1, role: 'backend', boot: '', tags: {} };

/**
 * Leases by the watcher's own monotonic clock: a member whose heartbeat counter has not moved for its `ttlMs` is failed.
 * A file that becomes unreadable keeps its last good content until that runs out. Pure: time is an argument.
 */
export class Leases {
  readonly #service: string;
  readonly #leases = new Map<string, Lease>();
  readonly #problems = new Map<string, string>();
  #seen = 0;
  #checkedAtMs = Number.POSITIVE_INFINITY;

  constructor(service: string) {
    this.#service = service;
  }

  /** Takes in one look at the folder. True when a set built now would differ from one built before. */
  update(files: ReadonlyMap<string, Document>, nowMs: number): boolean {
    this.#forgiveOwnPause(nowMs);
    let changed = false;
    for (const name of [...this.#leases.keys(), ...this.#problems.keys()]) {
      if (files.has(name)) continue;
      changed = true;
      this.#leases.delete(name);
      this.#problems.delete(name);
    }
    for (const [name, document] of files) changed = this.#updateOne(name, document, nowMs) || changed;
    return changed;
  }

  /** The entries with the status that their lease gives them. */
  candidates(): Candidate[] {
    return [...this.#leases.values()].map(({ entry, firstSeen, lapsedAtMs }) => ({
      fields: { ...DEFAULTS, ...entry, status: statusOf(entry, lapsedAtMs) },
      age: firstSeen,
    }));
  }

  rejections(): Rejection[] {
    return [...this.#problems].map(([name, reason]) => ({ id: printableId({ id: name }), reason }));
  }

  /** Files that have been failed, or leaving without a heartbeat, for longer than `reapAfterMs`. */
  reapable(reapAfterMs: number, nowMs: number): string[] {
    return [...this.#leases].flatMap(([name, { lapsedAtMs }]) =>
      lapsedAtMs !== null && nowMs - lapsedAtMs >= reapAfterMs ? [name] : [],
    );
  }

  /** Milliseconds until the next lease runs out; Infinity when none can. */
  dueInMs(nowMs: number): number {
    const due = [...this.#leases.values()].map(({ entry, renewedAtMs, lapsedAtMs }) =>
      lapsedAtMs === null && entry.ttlMs !== undefined ? renewedAtMs + entry.ttlMs - nowMs : Number.POSITIVE_INFINITY,
    );
    return Math.min(...due, Number.POSITIVE_INFINITY);
  }

  /** After the watcher itself was stopped, silence proves nothing: every lease starts anew. */
  #forgiveOwnPause(nowMs: number): void {
    const paused = nowMs - this.#checkedAtMs > LONGEST_GAP_MS;
    this.#checkedAtMs = nowMs;
    if (!paused) return;
    for (const [name, lease] of this.#leases) this.#leases.set(name, { ...lease, renewedAtMs: nowMs });
  }

  #updateOne(name: string, document: Document, nowMs: number): boolean {
    const isNew = this.#leases.get(name)?.document !== document;
    const changed = isNew && this.#read(name, document, nowMs);
    return this.#expire(name, nowMs) || changed;
  }

  #read(name: string, document: Document, nowMs: number): boolean {
    const read = readEntry(this.#service, name, document);
    if ('problem' in read) return this.#reject(name, read.problem);
    const cured = this.#problems.delete(name);
    return this.#renew(name, document, read.entry, nowMs) || cured;
  }

  #reject(name: string, problem: string): boolean {
    const known = this.#problems.get(name) === problem;
    this.#problems.set(name, problem);
    return !known;
  }

  #renew(name: string, document: Document, entry: Entry, nowMs: number): boolean {
    const before = this.#leases.get(name);
    const fingerprint = JSON.stringify({ ...entry, heartbeat: 0 });
    const same = before?.fingerprint === fingerprint;
    // Written again without a beat: somebody touched the file, which says nothing about the member.
    const beat = !same || before.entry.heartbeat !== entry.heartbeat;
    const lapsedBefore = same ? before.lapsedAtMs : null;
    const lapsedAtMs = entry.status === 'failed' ? (lapsedBefore ?? nowMs) : beat ? null : lapsedBefore;
    const renewedAtMs = beat ? nowMs : before.renewedAtMs;
    const firstSeen = before?.firstSeen ?? this.#seen++;
    this.#leases.set(name, { document, entry, fingerprint, firstSeen, renewedAtMs, lapsedAtMs });
    return !same || statusOf(entry, lapsedAtMs) !== statusOf(before.entry, before.lapsedAtMs);
  }

  #expire(name: string, nowMs: number): boolean {
    const lease = this.#leases.get(name);
    if (!lease || lease.lapsedAtMs !== null || lease.entry.ttlMs === undefined) return false;
    if (nowMs - lease.renewedAtMs < lease.entry.ttlMs) return false;
    this.#leases.set(name, { ...lease, lapsedAtMs: nowMs });
    return lease.entry.status === 'alive';
  }
}

/** The folder is looked at every second; a gap this long means that this process did not run. */
const LONGEST_GAP_MS = 2_000;

/** A member that has announced its leave stays leaving whatever happens to its lease: it must get no new request. */
function statusOf(entry: Entry, lapsedAtMs: number | null): Entry['status'] {
  return entry.status === 'alive' && lapsedAtMs !== null ? 'failed' : entry.status;
}

function readEntry(service: string, name: string, document: Document): { entry: Entry } | { problem: string } {
  if ('problem' in document) return { problem: `file ${document.problem}` };
  const parsed = leaseSchema.safeParse(document.value);
  if (!parsed.success) return { problem: 'file holds no member entry' };
  if (parsed.data.id !== name) return { problem: 'file name is not the id of its member' };
  if (parsed.data.service !== undefined && parsed.data.service !== service)
    return { problem: 'entry is of another service' };
  return { entry: parsed.data };
}
