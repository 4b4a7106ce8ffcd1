import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { socketInodes, textOf, unreadable } from './processes.js';

/** One established TCP connection: its ends as the kernel writes them, `0100007F:0BB8`. */
export interface Connection {
  readonly local: string;
  readonly remote: string;
}

/** Established connections of some processes, by pid. Linux only (`proc(5)`, `/proc/net/tcp`). */
export async function connectionsOf(pids: readonly number[]): Promise<Map<number, readonly Connection[]>> {
  if (pids.length === 0) return new Map();
  const byInode = await establishedByInode();
  return new Map(pids.map((pid) => [pid, socketInodes(pid).flatMap((inode) => byInode.get(inode) ?? [])]));
}

/** The kernel's word for an endpoint: address in words of 32 bits, each least significant byte first, and port. */
export function kernelEndpoint(address: string, port: number): string {
  const bytes = isIPv6(address) ? bytesOfIPv6(address) : address.split('.').map(Number);
  const words = Array.from({ length: bytes.length / 4 }, (_, word) => bytes.slice(word * 4, word * 4 + 4).reverse());
  return `${words.flat().map(hex(2)).join('')}:${hex(4)(port)}`;
}

/** The port at the end of a kernel's endpoint. */
export function portOf(endpoint: string): number {
  return Number.parseInt(endpoint.slice(-4), 16);
}

const ESTABLISHED = '01';

async function establishedByInode(): Promise<Map<string, Connection>> {
  const texts = await Promise.all([
    readFile('/proc/net/tcp', 'utf8').catch(unreadable('/proc/net/tcp')),
    // A kernel may be without IPv6.
    textOf('/proc/net/tcp6'),
  ]);
  const found = new Map<string, Connection>();
  for (const line of texts.join('\n').split('\n')) {
    // Most lines are connections that wait for their end: they are passed over before the costly part.
    const [, local = '', remote = '', state] = /^\s*\d+: (\S+) (\S+) (\S+)/.exec(line) ?? [];
    if (state !== ESTABLISHED) continue;
    const inode = line.trim().split(/\s+/)[9] ?? '';
    found.set(inode, { local, remote });
  }
  return found;
}

function bytesOfIPv6(address: string): number[] {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const filled = 8 - groups(head).length - groups(tail).length;
  const all = [
    ...groups(head),
    ...Array.from({ length: address.includes('::') ? filled : 0 }, () => '0'),
    ...groups(tail),
  ];
  return all.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function hex(digits: number): (value: number) => string {
  return (value) => value.toString(16).toUpperCase().padStart(digits, '0');
}
