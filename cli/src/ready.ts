import { operationCommand } from './operate.js';

export const ready = operationCommand('ready', 'bring a drained member back into rotation', 'back into rotation');
