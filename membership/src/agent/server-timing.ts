/** Longer headers are cut: nothing that we read needs more. */
const MAX_LENGTH = 1_000;

/**
 * The durations of a `Server-Timing` response header by metric name (W3C Server Timing, section 3): the first of a name counts,
 * descriptions and other parameters are ignored, and so is what is no number of 0 or more.
 */
export function parseServerTiming(header: string): ReadonlyMap<string, number> {
  const durations = new Map<string, number>();
  // Quoted text may hold separators; only a quoted number is worth keeping.
  const plain = header.slice(0, MAX_LENGTH).replace(/"([^"\\]|\\.)*"/g, (quoted) => quoted.replace(/[^\d.]/g, ''));
  for (const metric of plain.split(',')) {
    const [name = '', ...parameters] = metric.split(';').map((part) => part.trim());
    const text = parameters
      .map((one) => /^dur\s*=\s*(\d+(?:\.\d+)?)$/i.exec(one)?.[1])
      .find((one) => one !== undefined);
    if (name !== '' && text !== undefined && !durations.has(name)) durations.set(name, Number(text));
  }
  return durations;
}
