import { docker } from './docker.js';

/** Call it at the end: the engine's events of one type from now on, each as a line of `format`. */
export function engineEvents(type: string, filters: readonly string[], format: string): () => Promise<string[]> {
  const since = seconds();
  const all = [`event=${type}`, ...filters].flatMap((one) => ['--filter', one]);
  return async () => {
    const text = await docker(['events', '--since', since, '--until', seconds(), ...all, '--format', format]);
    return text.split('\n').filter(Boolean);
  };
}

/** The engine's clock is this machine's; it takes fractions of a second. */
function seconds(): string {
  return (Date.now() / 1000).toFixed(3);
}
