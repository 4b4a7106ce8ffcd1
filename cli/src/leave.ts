import { operationCommand } from './operate.js';

export const leave = operationCommand(
  'leave',
  'drain a member, then let it leave the cluster and stop',
  'leaving: its agent drains it, deregisters it and stops its app',
);
