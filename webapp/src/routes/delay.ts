import express, { Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type AdminAccess, requireAdmin } from '../admin.js';
import { HttpError, parseInput } from '../errors.js';
import { MAX_PAUSE_MS } from '../pause.js';
import type { Slowness } from '../slowness.js';

const RULE = `must be a whole number of milliseconds from 0 to ${MAX_PAUSE_MS}`;
const bodySchema = z.object({ delay: z.int(RULE).min(0, RULE).max(MAX_PAUSE_MS, RULE) }, 'body must be a JSON object');

export interface DelayOptions {
  readonly adminAccess: AdminAccess;
  readonly slowness: Slowness;
  readonly log: Logger;
}

/** `POST /delay {"delay": ms}`: makes `GET /` of this node slow from now on; 0 makes it normal again. */
export function delayRoute({ adminAccess, slowness, log }: DelayOptions): Router {
  return Router().post('/delay', requireAdmin(adminAccess), express.json({ limit: '1kb' }), (req, res) => {
    // Express reads only application/json: a form on a foreign web page cannot send that.
    if (req.body === undefined) {
      throw new HttpError(400, 'body-missing', 'send {"delay": ms} with Content-Type: application/json');
    }
    const { delay } = parseInput(bodySchema, req.body);
    slowness.delayMs = delay;
    log.info({ delayMs: delay }, 'delay changed');
    res.json({ delay });
  });
}
