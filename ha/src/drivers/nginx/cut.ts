import type { Traffic } from './traffic.js';

/**
 * Ends the requests that hang on one server. NGINX cannot end single ones, but a worker that has nothing else can be ended:
 * a reload moves everything new to other workers, the rest of the old one's requests are answered, and what is left hangs.
 * True when nothing hangs any more.
 */
export async function cutHung(
  server: { readonly address: string; readonly port: number },
  look: () => Promise<Traffic>,
  startNewWorkers: () => Promise<void>,
): Promise<boolean> {
  const { address, port } = server;
  let traffic = await look();
  const hangs = (pid: number) => traffic.openOf(pid, address, port) > 0;
  if (traffic.workers.serving.some(hangs)) {
    await startNewWorkers();
    traffic = await look();
  }
  const hung = traffic.workers.leaving.filter(hangs);
  // Each request that hangs holds one client; another client's request, or an idle one, would be cut with it.
  const alone = hung.filter((pid) => traffic.clientsOf(pid) <= traffic.openOf(pid, address, port));
  for (const pid of alone) process.kill(pid, 'SIGTERM');
  return alone.length === hung.length;
}
