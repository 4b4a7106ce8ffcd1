import { z } from 'zod';

const server = z.object({
  admin: z.enum(['ready', 'drain', 'maint']),
  health: z.enum(['up', 'down', 'unknown']),
  weight: z.number(),
  inFlight: z.number(),
});

const member = z.object({
  id: z.string(),
  service: z.string(),
  address: z.string(),
  port: z.number(),
  weight: z.number(),
  operatorWeight: z.number().nullable(),
  capacity: z.number(),
  status: z.enum(['alive', 'leaving', 'failed']),
  role: z.string(),
  boot: z.string(),
  tags: z.record(z.string(), z.string()),
  server: server.nullable(),
  intent: z.enum(['drain', 'leave']).nullable(),
  held: z.boolean(),
});

const event = z.object({
  seq: z.number(),
  at: z.string(),
  /** A newer watcher may know more types than this command: any is shown. */
  type: z.string(),
  service: z.string().nullable(),
  member: z.string().nullable(),
  message: z.string(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

const status = z.object({
  balancer: z.object({ id: z.string(), name: z.string(), version: z.string(), workers: z.number() }),
  services: z.array(z.string()),
  revision: z.string(),
  registry: z.object({ name: z.string(), reachable: z.boolean() }),
  inSync: z.boolean(),
  problem: z.string().nullable(),
  reloads: z.number(),
  balance: z.string(),
  stickyCookie: z.string(),
});

const plan = z.object({ text: z.string(), steps: z.array(z.string()), reload: z.string().nullable() });

/** What the watcher's API answers, as far as this command reads it. */
export const answers = {
  status,
  plan,
  event,
  members: z.object({ members: z.array(member) }),
  events: z.object({ events: z.array(event) }),
  accepted: z.object({ accepted: z.literal(true) }),
  error: z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
} as const;

export type ApiMember = z.infer<typeof member>;
export type ApiEvent = z.infer<typeof event>;
export type ApiStatus = z.infer<typeof status>;
export type ApiPlan = z.infer<typeof plan>;
