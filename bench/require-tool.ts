import { type BinaryName, findBinary } from '../test/support/binaries.js';

/** The path of a real program. Throws, with what to do, when it is nowhere. */
export function requireTool(name: BinaryName): string {
  const found = findBinary(name);
  if (found) return found;
  throw new Error(`${name} was not found: \`npm test\` fetches it, or set ${name.toUpperCase()}_BIN`);
}
