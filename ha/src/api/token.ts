import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, type Logger, MusterError } from '@muster/membership';
import writeFileAtomic from 'write-file-atomic';

const TOKEN_PATTERN = /^[0-9a-f]{64}$/;

/**
 * The token for changes through the API: 32 random bytes in hex, in `<runDir>/token`, mode 600. An existing valid one is
 * used again, so that clients survive a restart of the watcher. Rejects with `token-failed`.
 */
export async function loadToken(runDir: string, logger: Logger): Promise<string> {
  const path = join(runDir, 'token');
  try {
    return (await readToken(path, logger)) ?? (await makeToken(runDir, path));
  } catch (thrown) {
    const message = `cannot read or make the API token ${path}: ${errorMessage(thrown)}; check the owner of RUN_DIR`;
    throw new MusterError('token-failed', message, { cause: thrown });
  }
}

/** Null when there is none, or something else is in its place. */
async function readToken(path: string, logger: Logger): Promise<string | null> {
  const handle = await openToken(path);
  if (handle === null) return null;
  try {
    const { mode, size } = await handle.stat();
    if (!TOKEN_SIZES.includes(size)) return null;
    const token = (await handle.readFile('latin1')).trimEnd();
    if (!TOKEN_PATTERN.test(token)) return null;
    if ((mode & 0o077) !== 0) {
      await handle.chmod(0o600);
      logger.warn({ path, mode: (mode & 0o777).toString(8) }, 'token was readable by others: mode set to 600');
    }
    return token;
  } finally {
    await handle.close();
  }
}

/** Without and with a newline at the end. */
const TOKEN_SIZES: readonly number[] = [64, 65];

/** Does not follow a link (somebody else chose its target) and does not wait for the writer of a pipe. */
async function openToken(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ELOOP'))
      return null;
    throw thrown;
  }
}

async function makeToken(runDir: string, path: string): Promise<string> {
  const token = randomBytes(32).toString('hex');
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  // A link would be followed by the write.
  await rm(path, { force: true });
  await writeFileAtomic(path, `${token}\n`, { mode: 0o600 });
  return token;
}
