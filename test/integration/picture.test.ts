import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const DRAW = fileURLToPath(new URL('../../docs/aws/draw.mjs', import.meta.url));

describe('the picture of the cloud', () => {
  it('is the one that its text gives', async () => {
    await promisify(execFile)(process.execPath, [DRAW, '--check']);
  });
});
