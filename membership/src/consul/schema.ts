import { z } from 'zod';
import type { AddressPolicy } from '../address-policy.js';
import type { MemberSet, MemberStatus, Registration } from '../member.js';
import { buildMemberSet, type Candidate } from '../schema.js';
import { META, META_PREFIX } from './meta.js';

/** Only the envelope: the fields of a member stay `unknown`, because `buildMemberSet` judges them. */
const entrySchema = z.object({
  Node: z.object({ Address: z.unknown() }).nullish(),
  Service: z.object({
    ID: z.unknown(),
    Address: z.unknown(),
    Port: z.unknown(),
    Meta: z.record(z.string(), z.string()).nullish(),
    CreateIndex: z.number().optional(),
  }),
  Checks: z.array(z.object({ CheckID: z.string(), Status: z.string() })).nullish(),
});

type Entry = z.infer<typeof entrySchema>;

/**
 * The set that `/v1/health/service/:service` describes. A service that another tool registered, with any check or none, is
 * a full member; one malformed entry is one rejection, never a failed set.
 */
export function memberSetOf(
  service: string,
  index: bigint,
  entries: readonly unknown[],
  policy: AddressPolicy,
): MemberSet {
  return buildMemberSet(service, String(index), entries.map(toCandidate), policy);
}

function toCandidate(entry: unknown): Candidate {
  const parsed = entrySchema.safeParse(entry);
  // With nothing but its id the entry is sure to be rejected, under a name that helps.
  if (!parsed.success) return { fields: { id: idOf(entry) }, age: Number.MAX_SAFE_INTEGER };
  const { Node, Service } = parsed.data;
  const meta = Service.Meta ?? {};
  const fields = {
    id: meta[META.id] ?? Service.ID,
    address: Service.Address || Node?.Address,
    port: Service.Port,
    weight: numberOf(meta[META.weight], 1),
    capacity: numberOf(meta[META.capacity], 100),
    status: statusOf(parsed.data),
    role: meta[META.role] ?? 'backend',
    boot: meta[META.boot] ?? '',
    tags: tagsOf(meta),
  };
  return { fields, age: Service.CreateIndex ?? Number.MAX_SAFE_INTEGER };
}

/**
 * An announced leave or maintenance → leaving, also when a check is critical: a leaving member must not get new requests
 * because its lease ran out. Else any check that is neither passing nor warning → failed; else alive.
 */
function statusOf({ Service, Checks }: Entry): MemberStatus {
  const checks = Checks ?? [];
  if (Service.Meta?.[META.status] === 'leaving' || checks.some((one) => isMaintenance(one.CheckID))) return 'leaving';
  return checks.every((one) => one.Status === 'passing' || one.Status === 'warning') ? 'alive' : 'failed';
}

/** Consul's maintenance mode is a critical check of these ids (Consul API, "Enable maintenance mode"). */
function isMaintenance(checkId: string): boolean {
  return checkId === '_node_maintenance' || checkId.startsWith('_service_maintenance:');
}

/** Anything but a decimal stays as it is and is rejected later. */
function numberOf(text: string | undefined, absent: number): unknown {
  if (text === undefined) return absent;
  return /^\d{1,4}$/.test(text) ? Number(text) : text;
}

function tagsOf(meta: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !key.startsWith(META_PREFIX)));
}

function idOf(entry: unknown): unknown {
  const loose = z.object({ Service: z.object({ ID: z.unknown() }) }).safeParse(entry);
  return loose.success ? loose.data.Service.ID : '';
}

/**
 * Consul's service id of a member. Consul wants it unique on the whole Consul agent, ours is unique in its service only
 * (an app and a balancer may both be named after their host); service names have no colon, so the pair stays unique.
 */
export function serviceIdOf(service: string, id: string): string {
  return `${service}:${id}`;
}

/** The service meta that `memberSetOf` reads back. */
export function metaOf(self: Registration, isLeaving: boolean): Record<string, string> {
  return {
    ...tagsOf(self.tags),
    [META.id]: self.id,
    [META.weight]: String(self.weight),
    ...(self.capacity === undefined ? {} : { [META.capacity]: String(self.capacity) }),
    [META.boot]: self.boot,
    [META.role]: self.role,
    ...(isLeaving ? { [META.status]: 'leaving' } : {}),
  };
}
