import { join } from 'node:path';
import type { LeaveKey } from '../drain-board.js';
import { checkedName } from '../schema.js';

/** Every entry is `<name>.json`; temporary files of atomic writes end differently. */
export const SUFFIX = '.json';

/** `<dir>/members/<service>`: one file per member. */
export function memberFolder(dir: string, service: string): string {
  return join(dir, 'members', checkedName('service', service));
}

export function memberFile(dir: string, service: string, id: string): string {
  return join(memberFolder(dir, service), checkedName('member id', id) + SUFFIX);
}

/** `<dir>/drain/<service>/<id>`: all acknowledgements of one member, a folder per boot. */
export function drainFolder(dir: string, service: string, id: string): string {
  return join(dir, 'drain', checkedName('service', service), checkedName('member id', id));
}

/** `<dir>/drain/<service>/<id>/<boot>`: one file per balancer. An empty boot is the folder `-`, which no boot can be. */
export function acknowledgementFolder(dir: string, key: LeaveKey): string {
  return join(drainFolder(dir, key.service, key.id), checkedName('boot', key.boot) || '-');
}

export function acknowledgementFile(dir: string, key: LeaveKey, balancer: string): string {
  return join(acknowledgementFolder(dir, key), checkedName('balancer', balancer) + SUFFIX);
}

/** `<dir>/intent/<service>`: one file per member that an operator asked something for. */
export function intentFolder(dir: string, service: string): string {
  return join(dir, 'intent', checkedName('service', service));
}

export function intentFile(dir: string, service: string, id: string): string {
  return join(intentFolder(dir, service), checkedName('member id', id) + SUFFIX);
}

/** `<dir>/weight/<service>`: one file per member that an operator gave a weight. */
export function weightFolder(dir: string, service: string): string {
  return join(dir, 'weight', checkedName('service', service));
}

export function weightFile(dir: string, service: string, id: string): string {
  return join(weightFolder(dir, service), checkedName('member id', id) + SUFFIX);
}
