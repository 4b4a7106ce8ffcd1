import { createConnection, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Kept-alive connections through the balancer that ask who answers. */
export interface Prober {
  /** Asks until `member` has answered; resolves with the moment (`performance.now`) at which it had. */
  firstAnswer(member: string, deadlineMs: number): Promise<number>;
  close(): void;
}

/** Node's timers are no finer, and spinning would take a core from what is measured. */
const PAUSE_MS = 1;

/**
 * Two lanes of two connections. A lane asks on both at the same time, so that round robin over two members reaches the new
 * one in the first pair of requests; the lanes take turns, so that a pair leaves more often than once a millisecond.
 */
export async function openProber(port: number): Promise<Prober> {
  const lanes = await Promise.all([openLane(port), openLane(port)]);
  return {
    async firstAnswer(member, deadlineMs) {
      const end = performance.now() + deadlineMs;
      const found = new AbortController();
      const moments = lanes.map(async (lane, index) => {
        if (index > 0) await delay(PAUSE_MS);
        const at = await askUntil(lane, member, end, found.signal);
        found.abort();
        return at;
      });
      const at = Math.min(...(await Promise.all(moments)));
      if (at < Number.POSITIVE_INFINITY) return at;
      throw new Error(`no answer of the new member within ${deadlineMs} ms`);
    },
    close() {
      for (const socket of lanes.flat()) socket.destroy();
    },
  };
}

/** Infinity when the time is over, or another lane was first. */
async function askUntil(lane: readonly Socket[], member: string, end: number, found: AbortSignal): Promise<number> {
  while (!found.aborted && performance.now() < end) {
    const answers = await Promise.all(lane.map(ask));
    const moments = answers.filter((one) => one.member === member).map((one) => one.at);
    if (moments.length > 0) return Math.min(...moments);
    await delay(PAUSE_MS);
  }
  return Number.POSITIVE_INFINITY;
}

/** Each connection has had an answer, so that the first one that counts is as fast as the others. */
async function openLane(port: number): Promise<Socket[]> {
  const lane = await Promise.all([open(port), open(port)]);
  await Promise.all(lane.map(ask));
  return lane;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1').once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}

function ask(socket: Socket): Promise<{ member: string; at: number }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (chunk: string): void => {
      text += chunk;
      const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]);
      const head = text.indexOf('\r\n\r\n');
      if (head < 0 || text.length < head + 4 + length) return;
      const at = performance.now();
      socket.off('data', onData).off('close', onClose);
      const member = /\r\nx-backend: (\S+)\r\n/i.exec(text)?.[1];
      if (text.startsWith('HTTP/1.1 200') && member !== undefined) resolve({ member, at });
      else reject(new Error(`the balancer answered ${text.split('\r\n', 1)[0]}`));
    };
    const onClose = (): void => reject(new Error('the balancer closed a probing connection'));
    socket.on('data', onData).once('close', onClose);
    socket.write('GET / HTTP/1.1\r\nHost: bench\r\n\r\n');
  });
}
