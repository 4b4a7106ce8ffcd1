import type { ConfigCheck } from '../config-file.js';

/** `haproxy -c`. */
export function haproxyCheck(binary: string): ConfigCheck {
  return { program: 'HAProxy', binary, args: (path) => ['-c', '-f', path], reasons };
}

/** The lines that name a line of the config, without pids and paths: `line 12: unknown keyword 'foo'`. */
function reasons(output: string, path: string): string[] {
  const lines = output.split('\n').filter((line) => line.includes(path) && line.includes('['));
  return lines.map((line) =>
    line
      .replace(/^.*?\[.*?:(\d+)\]\s*:?\s*/, 'line $1: ')
      .replace(/^\[\w+\]\s*\(\d+\)\s*:\s*(config : )?/, '')
      .replaceAll(path, 'haproxy.cfg')
      .trim(),
  );
}
