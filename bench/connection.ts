import { createConnection, type Socket } from 'node:net';

/** A kept-alive connection through the balancer that asks who answers. */
export interface Connection {
  /** Rejects when the answer is no 200 of a member. One question at a time. */
  ask(): Promise<Answer>;
  close(): void;
}

export interface Answer {
  /** From its X-Backend. */
  readonly member: string;
  /** The moment (`performance.now`) at which the answer was complete. */
  readonly at: number;
}

interface Told extends Answer {
  /** The balancer says that it closes now: a leaving worker of NGINX does. */
  readonly last: boolean;
}

export async function openConnection(port: number): Promise<Connection> {
  let socket = await connect(port);
  return {
    async ask() {
      const { last, ...answer } = await askOn(socket);
      if (last) {
        socket.destroy();
        socket = await connect(port);
      }
      return answer;
    },
    close: () => socket.destroy(),
  };
}

function connect(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1').once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}

function askOn(socket: Socket): Promise<Told> {
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
      const last = /\r\nconnection: close\r\n/i.test(text);
      if (text.startsWith('HTTP/1.1 200') && member !== undefined) resolve({ member, at, last });
      else reject(new Error(`the balancer answered ${text.split('\r\n', 1)[0]}`));
    };
    const onClose = (): void => reject(new Error('the balancer closed a probing connection'));
    socket.on('data', onData).once('close', onClose);
    socket.write('GET / HTTP/1.1\r\nHost: bench\r\n\r\n');
  });
}
