import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PATIENCE_MS } from '../../test/support/eventually.js';
import { resolveName } from './resolve-name.js';

describe('resolving a name', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'muster-resolve-'));
  });
  after(() => rm(dir, { recursive: true }));

  /** A stand-in for `getent` that runs these lines of sh. */
  async function standIn(name: string, ...lines: readonly string[]): Promise<string> {
    const path = join(dir, name);
    await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'));
    await chmod(path, 0o755);
    return path;
  }

  it('finds what the system finds', async () => {
    const found = await resolveName('localhost');
    assert.deepEqual(found, await lookup('localhost', { all: true }));
    assert.deepEqual(await resolveName('10.0.0.4'), [{ address: '10.0.0.4', family: 4 }]);
  });

  it('gives every address once, in the order that the system prefers', async () => {
    const lines = ['fd00::6 STREAM consul', 'fd00::6 DGRAM', '10.0.0.4        STREAM', '10.0.0.4 RAW'];
    const command = await standIn('two', `[ "$*" = "-A ahosts -- consul" ] && printf '%s\\n' '${lines.join("' '")}'`);
    assert.deepEqual(await resolveName('consul', { command }), [
      { address: 'fd00::6', family: 6 },
      { address: '10.0.0.4', family: 4 },
    ]);
  });

  it('says that there is no such name', async () => {
    await assert.rejects(resolveName('a..b', { quickMs: PATIENCE_MS }), { code: 'ENOTFOUND' });
  });

  it('does without getent', async () => {
    const expected = await lookup('localhost', { all: true });
    for (const command of [join(dir, 'missing'), await standIn('another', 'echo "Unknown database: -A"; exit 1')])
      assert.deepEqual(await resolveName('localhost', { command }), expected);
  });

  it('takes a failure that took long for the silence of the DNS', async () => {
    const command = await standIn('late', 'sleep 0.01; exit 2');
    await assert.rejects(resolveName('localhost', { command, quickMs: 0 }), { code: 'EAI_AGAIN' });
    const killed = await standIn('killed', 'kill -INT $$');
    await assert.rejects(resolveName('localhost', { command: killed }), { code: 'EAI_AGAIN' });
  });

  it('does not keep a process from ending while the DNS is silent', async () => {
    const command = await standIn('silent', 'echo $$ > "$0.new" && mv "$0.new" "$0.pid"', 'exec sleep 300');
    const module = new URL('./resolve-name.ts', import.meta.url).href;
    const script = [
      `import { existsSync } from 'node:fs';`,
      `import { resolveName } from ${JSON.stringify(module)};`,
      `void resolveName('consul', ${JSON.stringify({ command })});`,
      `setInterval(() => existsSync(${JSON.stringify(`${command}.pid`)}) && process.exit(7), 10);`,
    ].join('\n');
    const args = ['--import', 'tsx', '--conditions=muster-source', '--input-type=module', '--eval', script];
    const code = await new Promise((resolve) => {
      const child = execFile(process.execPath, args, { timeout: 2 * PATIENCE_MS }, () => resolve(child.exitCode));
    });
    process.kill(Number(await readFile(`${command}.pid`, 'utf8')));
    assert.equal(code, 7);
  });
});
