import { cpus, loadavg } from 'node:os';

/** One line that says on what was measured, and how busy it was before. */
export function machine(): string {
  const load = loadavg()
    .map((one) => one.toFixed(1))
    .join(' ');
  return `${cpus().length} cores, Node ${process.version}, load average before: ${load}`;
}
