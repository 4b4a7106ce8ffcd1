import { hostPid } from './container.js';
import { runTool } from './docker.js';

/** A network cut; until it is healed nothing passes. */
export interface Cut {
  heal(): Promise<void>;
}

/**
 * Cuts a container off from some addresses: packets either way vanish without a word, as behind a dead switch. The rules
 * are set from the host in the container's network, because the container itself may not.
 */
export async function cut(id: string, addresses: readonly string[]): Promise<Cut> {
  const pid = await hostPid(id);
  const rules = addresses.flatMap((address) => [
    ['INPUT', '--source', address, '--jump', 'DROP'],
    ['OUTPUT', '--destination', address, '--jump', 'DROP'],
  ]);
  const change = async (verb: '--insert' | '--delete'): Promise<void> => {
    for (const rule of rules) await inNetworkOf(pid, ['iptables', '--wait', verb, ...rule]);
  };
  await change('--insert');
  return { heal: () => change('--delete') };
}

function inNetworkOf(pid: number, command: readonly string[]): Promise<string> {
  return runTool('nsenter', ['--target', String(pid), '--net', ...command]);
}
