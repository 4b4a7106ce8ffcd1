import { createConnection, type Socket } from 'node:net';

/** Two connections through the balancer, kept alive, that ask who answers. */
export interface Prober {
  /**
   * Asks about once a millisecond on both connections at the same time, so that round robin over two members reaches the
   * new one in the first pair of requests. Resolves with the moment (`performance.now`) at which `member` had answered.
   */
  firstAnswer(member: string, deadlineMs: number): Promise<number>;
  close(): void;
}

const EVERY_MS = 1;

export async function openProber(port: number): Promise<Prober> {
  const connections = await Promise.all([open(port), open(port)]);
  return {
    async firstAnswer(member, deadlineMs) {
      const end = performance.now() + deadlineMs;
      while (performance.now() < end) {
        const sentAt = performance.now();
        const answers = await Promise.all(connections.map(ask));
        const found = answers.filter((one) => one.member === member).map((one) => one.at);
        if (found.length > 0) return Math.min(...found);
        await pause(EVERY_MS - (performance.now() - sentAt));
      }
      throw new Error(`no answer of the new member within ${deadlineMs} ms`);
    },
    close() {
      for (const socket of connections) socket.destroy();
    },
  };
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => (ms <= 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));
}
