import type { ConfigCheck } from '../config-file.js';

/** `nginx -t`. */
export function nginxCheck(binary: string): ConfigCheck {
  return { program: 'NGINX', binary, args: (path) => ['-t', '-q', '-e', 'stderr', '-c', path], reasons };
}

/** `nginx: [emerg] unknown directive "foo" in /run/nginx.conf:12` → `line 12: unknown directive "foo"`. */
function reasons(output: string, path: string): string[] {
  return output.split('\n').flatMap((line) => {
    const [, fault] = /\[(?:emerg|alert|crit|error)\] (?:\d+#\d+: )?(.*)$/.exec(line) ?? [];
    if (fault === undefined) return [];
    const [, what, number] = /^(.*) in \S+:(\d+)$/.exec(fault) ?? [];
    return [number === undefined ? fault.replaceAll(path, 'nginx.conf') : `line ${number}: ${what}`];
  });
}
