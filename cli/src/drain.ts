import { operationCommand } from './operate.js';

export const drain = operationCommand(
  'drain',
  'take a member out of rotation gracefully; it stays registered until `ready`',
  'draining: no new request once its requests in flight are done; `muster ready` brings it back',
);
