import { byName } from './seen.js';

const SERVER = /^ {2}server (\S+) /;

/** The rendered config with each backend's servers in the order of their names: the product sorts by container id. */
export function sortServers(config: string): string {
  const lines = config.split('\n');
  const sorted: string[] = [];
  let block: string[] = [];
  for (const line of lines) {
    if (SERVER.test(line)) {
      block.push(line);
      continue;
    }
    sorted.push(...block.sort((a, b) => byName(serverOf(a), serverOf(b))), line);
    block = [];
  }
  return [...sorted, ...block].join('\n');
}

function serverOf(line: string): string {
  return SERVER.exec(line)?.[1] ?? '';
}
