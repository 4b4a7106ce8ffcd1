import { masterPid, orphansOf } from './processes.js';

/**
 * Tells the workers that a killed master left behind to finish: they close their listening sockets at once, which the next
 * master waits for (it tries to bind for 2.5 s), and then answer what they have. Gives their pids.
 */
export async function releaseOrphans(options: {
  readonly pidFile: string;
  readonly socketPath: string;
}): Promise<readonly number[]> {
  if ((await masterPid(options.pidFile)) !== null) return [];
  const orphans = await orphansOf(options.socketPath);
  for (const pid of orphans) process.kill(pid, 'SIGQUIT');
  return orphans;
}
