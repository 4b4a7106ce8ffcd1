import { z } from 'zod';
import type { AddressPolicy } from './address-policy.js';
import { MusterError } from './errors.js';
import type { Member, MemberSet, Rejection } from './member.js';
import { LARGEST_WEIGHT } from './weight-board.js';

/**
 * Ids become HAProxy server names and words of runtime commands: letters, digits, `_`, `-`, `.` and `:` only (HAProxy
 * `invalid_char`), so that nothing needs escaping anywhere. Ids of Nomad and registrator fit.
 */
export const ID_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,126}$/;

/** Service names become backend names and Consul paths. */
export const SERVICE_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The nonce of one start of an agent; empty for members that another tool registered. */
const BOOT_PATTERN = /^[a-z0-9]{0,32}$/;

const NAMES = { service: SERVICE_PATTERN, 'member id': ID_PATTERN, balancer: ID_PATTERN, boot: BOOT_PATTERN } as const;

/**
 * Gives `name` back if it may be part of a key or a path: the pattern keeps it from reaching into another entry.
 * @throws MusterError `name-invalid`.
 */
export function checkedName(what: keyof typeof NAMES, name: string): string {
  if (NAMES[what].test(name)) return name;
  const shown = JSON.stringify(name.slice(0, 64));
  throw new MusterError('name-invalid', `the ${what} ${shown} has characters or a length that are not allowed`);
}

/** Everything of a member but its address, which a policy judges: see `parseMember`. */
export const memberSchema = z.object({
  id: z.string().regex(ID_PATTERN, 'id has characters or a length that are not allowed'),
  address: z.string().max(64, 'address is too long'),
  port: z
    .number('port is not a number')
    .int('port is not a whole number')
    .min(1, 'port is below 1')
    .max(65535, 'port is above 65535'),
  weight: z
    .number('weight is not a number')
    .int('weight is not a whole number')
    .min(0, 'weight is below 0')
    .max(LARGEST_WEIGHT, `weight is above ${LARGEST_WEIGHT}`),
  // Older agents and other tools say nothing of it.
  capacity: z
    .number('capacity is not a number')
    .int('capacity is not a whole number')
    .min(1, 'capacity is below 1')
    .max(100, 'capacity is above 100')
    .default(100),
  status: z.enum(['alive', 'leaving', 'failed'], 'status is unknown'),
  role: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'role has characters or a length that are not allowed'),
  boot: z.string().regex(BOOT_PATTERN, 'boot has characters or a length that are not allowed'),
  tags: z.record(z.string().max(128, 'a tag name is too long'), z.string().max(512, 'a tag is too long')),
});

/** A registry entry before it was parsed: `fields` may hold anything, `age` orders duplicates (lower is older). */
export interface Candidate {
  readonly fields: unknown;
  readonly age: number;
}

/** Parses one entry: nothing from a registry gets further than this unparsed. */
export function parseMember(fields: unknown, policy: AddressPolicy): Member | Rejection {
  const parsed = memberSchema.safeParse(fields);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return {
      id: printableId(fields),
      reason: issue ? `${issue.message} (${issue.path.join('.') || 'entry'})` : 'malformed',
    };
  }
  const verdict = policy.check(parsed.data.address, parsed.data.port);
  if ('refused' in verdict) return { id: parsed.data.id, reason: verdict.refused };
  return { ...parsed.data, address: verdict.address };
}

/**
 * The set of all candidates that parse. Of two with the same id or the same address and port one stays: alive beats
 * leaving beats failed, then the older one, so that a newcomer cannot evict a good member.
 */
export function buildMemberSet(
  service: string,
  index: string,
  candidates: Iterable<Candidate>,
  policy: AddressPolicy,
): MemberSet {
  const rejected: Rejection[] = [];
  const parsed: { member: Member; age: number }[] = [];
  for (const { fields, age } of candidates) {
    const result = parseMember(fields, policy);
    if ('reason' in result) rejected.push(result);
    else parsed.push({ member: result, age });
  }
  const members = new Map<string, Member>();
  const addresses = new Map<string, string>();
  for (const { member } of parsed.sort(byPrecedence)) {
    const endpoint = `${member.address} ${member.port}`;
    const holder = addresses.get(endpoint);
    if (members.has(member.id)) rejected.push({ id: member.id, reason: 'duplicate id: another entry keeps it' });
    else if (holder !== undefined) rejected.push({ id: member.id, reason: `duplicate address: ${holder} keeps it` });
    else {
      members.set(member.id, member);
      addresses.set(endpoint, member.id);
    }
  }
  return { service, index, afterFault: false, members: sortedById(members), rejected: rejected.sort(byId) };
}

const PRECEDENCE = { alive: 0, leaving: 1, failed: 2 } as const;

function byPrecedence(a: { member: Member; age: number }, b: { member: Member; age: number }): number {
  return PRECEDENCE[a.member.status] - PRECEDENCE[b.member.status] || a.age - b.age || byId(a.member, b.member);
}

function sortedById(members: Map<string, Member>): Map<string, Member> {
  return new Map([...members].sort(([a], [b]) => compareIds(a, b)));
}

/** Ascending order, by code unit: the same on every machine. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return compareIds(a.id, b.id);
}

/** An id that is safe and short enough for one log line, whatever it was. */
export function printableId(fields: unknown): string {
  const named = typeof fields === 'object' && fields !== null && 'id' in fields ? fields.id : '';
  // Not String(named): an object from JSON may have a `toString` that is no function.
  const id = typeof named === 'string' ? named : '';
  const text = JSON.stringify(id.slice(0, 64))
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/g, '?');
  return id.length > 64 ? `${text}… (${id.length} characters)` : text;
}
