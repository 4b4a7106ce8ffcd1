import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { HaConfig } from './config.js';

/**
 * The key of sticky cookies: `STICKY_KEY` where several balancers share clients, else made once and kept with
 * the state. Not a password: it only keeps a client from choosing its member.
 */
export async function readStickyKey(config: Pick<HaConfig, 'stateDir' | 'stickyKey'>): Promise<string> {
  const path = join(config.stateDir, 'sticky-key');
  if (config.stickyKey !== null) return createHash('sha256').update(config.stickyKey).digest('hex').slice(0, 32);
  try {
    const kept = (await readFile(path, 'utf8')).trim();
    if (/^[0-9a-f]{32}$/.test(kept)) return kept;
  } catch {
    // The first start: made below.
  }
  const key = randomBytes(16).toString('hex');
  await mkdir(config.stateDir, { recursive: true });
  await writeFileAtomic(path, `${key}\n`, { mode: 0o600 });
  return key;
}
