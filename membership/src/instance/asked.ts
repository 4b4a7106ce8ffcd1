import { type MemberName, type MemberToAsk, nameOf } from './members-at.js';

/**
 * Who was asked to leave, and when. It only keeps a call from being repeated before the registry can have shown its effect:
 * what is to be done is decided by `toAsk` and `toForget`.
 */
export class Asked {
  readonly #waitMs: number;
  readonly #asked = new Map<string, { readonly member: MemberToAsk; readonly atMs: number }>();
  /** Since when intents have been without their member. */
  readonly #orphanedMs = new Map<string, number>();

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  get members(): readonly MemberName[] {
    return [...this.#asked.values()].map(({ member }) => member);
  }

  note(member: MemberToAsk, nowMs: number): void {
    this.#asked.set(nameOf(member), { member, atMs: nowMs });
  }

  forget(member: MemberName): void {
    this.#asked.delete(nameOf(member));
  }

  /** Of those, who was not asked just now in this boot. */
  due(members: readonly MemberToAsk[], nowMs: number): MemberToAsk[] {
    return members.filter((member) => {
      const last = this.#asked.get(nameOf(member));
      return last?.member.boot !== member.boot || nowMs - last.atMs >= this.#waitMs;
    });
  }

  /** Of those without their member, who has been so for long: an agent that leaves takes its intent away itself, a call later. */
  overdue(orphans: readonly MemberName[], nowMs: number): MemberName[] {
    const names = new Set(orphans.map(nameOf));
    for (const name of this.#orphanedMs.keys()) if (!names.has(name)) this.#orphanedMs.delete(name);
    for (const name of names) if (!this.#orphanedMs.has(name)) this.#orphanedMs.set(name, nowMs);
    return orphans.filter((member) => nowMs - (this.#orphanedMs.get(nameOf(member)) ?? nowMs) >= 3 * this.#waitMs);
  }
}
