import { createConnection } from 'node:net';
import { quantile } from '../numbers.js';
import { CONNECTIONS } from './load.js';

const [url = '', seconds = '1'] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const latencies: number[] = [];
let sending = true;

/** One closed-loop client; resolves when its last request was answered after the end of the run. */
function runClient(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
    let text = '';
    let sentAt = 0;
    const send = (): void => {
      text = '';
      sentAt = performance.now();
      socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    };
    socket.setEncoding('latin1').once('connect', send).once('error', reject);
    socket.once('close', () => (sending ? reject(new Error('a connection was closed')) : resolve()));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const head = text.indexOf('\r\n\r\n');
      if (head < 0 || text.length < head + 4 + bodyLength(text)) return;
      if (!text.startsWith('HTTP/1.1 200')) return reject(new Error(text.slice(0, 40)));
      latencies.push(performance.now() - sentAt);
      if (sending) send();
      else socket.end();
    });
  });
}

function bodyLength(text: string): number {
  return Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]);
}

const start = performance.now();
setTimeout(() => {
  sending = false;
}, Number(seconds) * 1_000);
try {
  await Promise.all(Array.from({ length: CONNECTIONS }, runClient));
  const requestsPerSecond = latencies.length / ((performance.now() - start) / 1_000);
  process.send?.({ requests: latencies.length, requestsPerSecond, p99Ms: quantile(latencies, 0.99) });
} catch (failure) {
  process.send?.({ failure: failure instanceof Error ? failure.message : String(failure) });
}
process.disconnect();
