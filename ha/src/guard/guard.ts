import type { Member, MemberSet } from '@muster/membership';
import { sameEndpoint } from '../endpoint.js';
import type { Health } from '../plan/desired.js';

/** Why a member is served although the registry does not call it alive. */
export type HoldReason = 'registry-fault' | 'sudden-shrink' | 'last-member' | 'check-passes';

/** What becomes of one member. `drain` is for a member that somebody deregistered while it was alive. */
export interface Verdict {
  readonly member: Member;
  readonly fate: 'serve' | 'drain';
  readonly held: HoldReason | null;
}

/** What the guard remembers from one set to the next. It is kept on disk as the last good set. */
export interface GuardState {
  readonly index: string;
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Members that went without a word, with the monotonic time when; for the shrink window. */
  readonly vanished: readonly { readonly id: string; readonly atMs: number }[];
}

export interface GuardInput {
  /** Null before the first set ever: it is then accepted as it is. */
  readonly state: GuardState | null;
  readonly set: MemberSet;
  /** The balancer's own check of a server; `unknown` when it does not run one. */
  readonly health: (id: string) => Health;
  /** Members that an operator let go: they are not held. */
  readonly released: ReadonlySet<string>;
  /** Members that an operator keeps out of rotation: they serve nobody. */
  readonly drained: ReadonlySet<string>;
  readonly nowMs: number;
  readonly limits: ShrinkLimits;
}

export interface ShrinkLimits {
  /** Share of the members that may vanish without a word within the window, 0–1. */
  readonly share: number;
  readonly windowMs: number;
}

/**
 * Decides who is served when registry and health check may disagree. Envoy's table (service discovery: absent + healthy
 * = keep, absent + failing = delete) with the announced leave on top:
 *
 * | registry | own check fine or unknown | own check failing |
 * |---|---|---|
 * | alive | serve | serve (the balancer's check keeps it out) |
 * | leaving | drain | drain |
 * | failed | serve, held: `check-passes` | serve (out by the check) |
 * | absent after a leave | gone | gone |
 * | absent, alone, index grew | drain | gone |
 * | absent with a sign of a registry fault, or the last one | serve, held | gone |
 * | absent, its address taken by another member | gone | gone |
 */
export function guard({ state, set, health, released, drained, nowMs, limits }: GuardInput): GuardState {
  const before = state?.verdicts ?? new Map<string, Verdict>();
  const verdicts = new Map<string, Verdict>();
  for (const member of set.members.values()) verdicts.set(member.id, present(member, health(member.id)));

  // One whose place another member has taken is gone: its check asks the other.
  const replaced = (member: Member) => [...set.members.values()].some((one) => sameEndpoint(one, member));
  const absent = [...before.values()].filter(
    ({ member }) => !set.members.has(member.id) && !replaced(member) && stillThere(member, health, released),
  );
  const lossy = set.afterFault || (state !== null && BigInt(set.index) < BigInt(state.index));
  const vanished = withinWindow(state, set, absent, nowMs, limits.windowMs);
  const shrunk = vanished.length > 1 && vanished.length > limits.share * (verdicts.size + vanished.length);
  for (const { member, held } of absent) {
    const suspect = shrunk && vanished.some(({ id }) => id === member.id);
    const before = held === 'last-member' ? null : held;
    const reason = before ?? (lossy ? 'registry-fault' : suspect ? 'sudden-shrink' : null);
    const keep = reason !== null && !released.has(member.id);
    verdicts.set(member.id, { member, fate: keep ? 'serve' : 'drain', held: keep ? reason : null });
  }
  return { index: set.index, verdicts: sorted(keepLast(verdicts, health, released, drained)), vanished };
}

function present(member: Member, health: Health): Verdict {
  if (member.status === 'leaving') return { member, fate: 'drain', held: null };
  return { member, fate: 'serve', held: member.status === 'failed' && health === 'up' ? 'check-passes' : null };
}

/** Members that went without a word within the window: those known from before, and those that just went. */
function withinWindow(
  state: GuardState | null,
  set: MemberSet,
  absent: readonly Verdict[],
  nowMs: number,
  windowMs: number,
): GuardState['vanished'] {
  const recent = (state?.vanished ?? []).filter(({ id, atMs }) => nowMs - atMs < windowMs && !set.members.has(id));
  const fresh = absent.filter(
    ({ member, fate, held }) => fate === 'serve' && held === null && !recent.some(({ id }) => id === member.id),
  );
  return [...recent, ...fresh.map(({ member }) => ({ id: member.id, atMs: nowMs }))];
}

/** The set as it is in force: members that are held although the registry lost them are still in it. */
export function inForce(set: MemberSet, state: GuardState | undefined): MemberSet {
  const held = [...(state?.verdicts.values() ?? [])].filter(
    (one) => one.held !== null && !set.members.has(one.member.id),
  );
  if (held.length === 0) return set;
  return { ...set, members: new Map([...set.members, ...held.map(({ member }) => [member.id, member] as const)]) };
}

/** The state without one member whose drain is over. */
export function forget(state: GuardState, id: string): GuardState {
  const verdicts = new Map(state.verdicts);
  verdicts.delete(id);
  return { ...state, verdicts };
}

/** An absent member is gone once it had announced its leave, or once the balancer's own check fails too. */
function stillThere(member: Member, health: (id: string) => Health, released: ReadonlySet<string>): boolean {
  if (member.status === 'leaving') return false;
  if (member.status === 'failed' && released.has(member.id)) return false;
  return health(member.id) !== 'down';
}

/** Registry data alone never takes the last member that works out of rotation. */
function keepLast(
  verdicts: Map<string, Verdict>,
  health: (id: string) => Health,
  released: ReadonlySet<string>,
  drained: ReadonlySet<string>,
): Map<string, Verdict> {
  const works = (one: Verdict) => health(one.member.id) !== 'down';
  if ([...verdicts.values()].some((one) => one.fate === 'serve' && works(one) && !drained.has(one.member.id)))
    return verdicts;
  for (const [id, one] of verdicts) {
    const silent = one.fate === 'drain' && one.member.status !== 'leaving' && !released.has(id);
    if (silent && works(one)) verdicts.set(id, { ...one, fate: 'serve', held: 'last-member' });
  }
  return verdicts;
}

function sorted(verdicts: Map<string, Verdict>): Map<string, Verdict> {
  return new Map([...verdicts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
