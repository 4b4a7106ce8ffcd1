import { MusterError } from '@muster/membership';
import type { z } from 'zod';

/** Parses the outside part of a request, or throws `bad-request` with every fault in one message. */
export function parseRequest<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new MusterError('bad-request', faults.join('; '));
}
