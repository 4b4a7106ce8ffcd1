import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** Listens with the shortest queue and never accepts: its thread sleeps until it is told to end. */
const DEAF = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer((socket) => socket.destroy());
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setImmediate(() => { Atomics.wait(new Int32Array(workerData), 0, 0); process.exit(); });
});
`;

/** What fits into the queue (Linux: one more than its length); the kernel drops the first packets of all that follow. */
const FILL = 2;

/** A port of 127.0.0.1 on which a connection is neither made nor refused, as behind a network that drops packets. */
export async function startDeafServer(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const asleep = new SharedArrayBuffer(4);
  const worker = new Worker(DEAF, { eval: true, workerData: asleep });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const fillers: Socket[] = [];
  for (let filled = 0; filled < FILL; filled += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    fillers.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
  }
  return {
    port,
    async close() {
      for (const socket of fillers) socket.destroy();
      Atomics.store(new Int32Array(asleep), 0, 1);
      Atomics.notify(new Int32Array(asleep), 0);
      await worker.terminate();
    },
  };
}
