/**
 * Serf's words for what the registry says of a member. `left` has no value: a member that left is absent from the set.
 * Source: Serf agent documentation, "Member status".
 */
export type MemberStatus = 'alive' | 'leaving' | 'failed';

/** One member of a service, after every field has passed `parseMember`. */
export interface Member {
  /** Unique within its service; `ID_PATTERN`. */
  readonly id: string;
  /** An IP address in canonical form, never a host name. */
  readonly address: string;
  /** 1–65535. */
  readonly port: number;
  /** Share of traffic relative to the other members, 0–256 (HAProxy configuration manual, `weight`). */
  readonly weight: number;
  /** How much of its share the member can take now, by its own view: percent, 1–100. Balancers multiply it with the weight. */
  readonly capacity: number;
  readonly status: MemberStatus;
  readonly role: string;
  /** Nonce of one start of the member's agent; empty for members that another tool registered. */
  readonly boot: string;
  /** Free text from the member. Never rendered into a config and never sent to a balancer. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Why one registry entry was left out of the set. `id` is cut and escaped: it is safe to print. */
export interface Rejection {
  readonly id: string;
  readonly reason: string;
}

/** Everything a registry knows of one service at one moment. */
export interface MemberSet {
  readonly service: string;
  /** The registry's own counter as a decimal string; it grows with each change. A lower one means that the registry lost data. */
  readonly index: string;
  /** True when the registry failed, or its index went back, since the set before: what is missing may be lost and not gone. */
  readonly afterFault: boolean;
  /** By id, in ascending order of id. */
  readonly members: ReadonlyMap<string, Member>;
  /** Entries that broke the schema, in ascending order of id. */
  readonly rejected: readonly Rejection[];
}

/** What an agent says of its own member when it joins. */
export type Registration = Omit<Member, 'status' | 'capacity'> & {
  readonly service: string;
  /** 100 when absent. */
  readonly capacity?: number;
};
