import { Router } from 'express';
import { z } from 'zod';
import { parseInput } from '../errors.js';
import { MAX_PAUSE_MS, pause } from '../pause.js';

const RULE = `must be a whole number of milliseconds from 0 to ${MAX_PAUSE_MS}, as in /slow?ms=3000`;
const querySchema = z.object({
  ms: z
    .string(RULE)
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= MAX_PAUSE_MS, RULE)
    .transform(Number),
});

/** `GET /slow?ms=3000`: one slow answer, to see how requests in flight survive a drain or a stop. */
export function slowRoute(memberId: string): Router {
  return Router().get('/slow', async (req, res) => {
    const { ms } = parseInput(querySchema, req.query);
    if (await pause(ms, res)) res.json({ host: memberId, sleptMs: ms });
  });
}
