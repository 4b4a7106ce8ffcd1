import { join } from 'node:path';
import type { LeaveKey } from '../drain-board.js';
import { MusterError } from '../errors.js';
import { ID_PATTERN, SERVICE_PATTERN } from '../schema.js';

/** Every entry is `<name>.json`; temporary files of atomic writes end differently. */
export const SUFFIX = '.json';

/** `<dir>/members/<service>`: one file per member. */
export function memberFolder(dir: string, service: string): string {
  return join(dir, 'members', word(SERVICE_PATTERN, service, 'service'));
}

export function memberFile(dir: string, service: string, id: string): string {
  return join(memberFolder(dir, service), word(ID_PATTERN, id, 'member id') + SUFFIX);
}

/** `<dir>/drain/<service>/<id>`: all acknowledgements of one member, a folder per boot. */
export function drainFolder(dir: string, service: string, id: string): string {
  return join(dir, 'drain', word(SERVICE_PATTERN, service, 'service'), word(ID_PATTERN, id, 'member id'));
}

/** `<dir>/drain/<service>/<id>/<boot>`: one file per balancer. An empty boot is the folder `-`, which no boot can be. */
export function acknowledgementFolder(dir: string, key: LeaveKey): string {
  return join(drainFolder(dir, key.service, key.id), word(/^[a-z0-9]{0,32}$/, key.boot, 'boot') || '-');
}

export function acknowledgementFile(dir: string, key: LeaveKey, balancer: string): string {
  return join(acknowledgementFolder(dir, key), word(ID_PATTERN, balancer, 'balancer') + SUFFIX);
}

/** `<dir>/intent/<service>`: one file per member that an operator asked something for. */
export function intentFolder(dir: string, service: string): string {
  return join(dir, 'intent', word(SERVICE_PATTERN, service, 'service'));
}

export function intentFile(dir: string, service: string, id: string): string {
  return join(intentFolder(dir, service), word(ID_PATTERN, id, 'member id') + SUFFIX);
}

/** The pattern is what keeps a name from being a path. */
function word(pattern: RegExp, text: string, what: string): string {
  if (pattern.test(text)) return text;
  const shown = JSON.stringify(text.slice(0, 64));
  throw new MusterError(
    'name-invalid',
    `file registry: ${what} ${shown} is not allowed; use letters, digits and dashes`,
  );
}
