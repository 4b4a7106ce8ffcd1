import { z } from 'zod';
import { envInt } from './env.js';

/** The settings that agent and watcher have in common besides the registry's; what each means stands in `.env`. */
export const commonShape = {
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
  DRAIN_TIMEOUT_MS: envInt(0, 3_600_000, 10_000),
  NOTIFY_FD: z
    .string()
    .regex(/^([3-9]|[1-9]\d{1,5})$/, 'must be a file descriptor above 2: the log is written to 1')
    .optional()
    .transform((text) => (text === undefined ? null : Number(text))),
};

/** `HEALTH_PATH`: what agent and balancer ask an app for. It stands in a balancer's config as it is. */
export const healthPath = z
  .string()
  .regex(/^(\/[A-Za-z0-9._~/?=&-]*)?$/, 'must be empty or a path such as /readyz')
  .default('/readyz');
