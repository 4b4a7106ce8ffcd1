import { strict as assert } from 'node:assert';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeCapabilities } from './capabilities.js';

describe('capabilities', () => {
  let dir: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'muster-capabilities-'));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  function binary(output: string): string {
    const path = join(dir, `haproxy-${Math.random()}`);
    writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${output}\nEND\n`, { mode: 0o755 });
    return path;
  }

  const POOL = ' pool-purge-delay 5s';
  for (const [line, version, serverKeywords, cookieOnAdd, synchronousReload] of [
    ['HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/', '2.6.12', POOL, false, false],
    ['HAProxy version 2.8.5 2023/12/07 - https://haproxy.org/', '2.8.5', POOL, false, true],
    ['HAProxy version 3.0.11-1+deb13u3 2026/10/14 - https://haproxy.org/', '3.0.11', '', true, true],
    ['HAProxy version 3.2.26-1 2026/10/14 - https://haproxy.org/', '3.2.26', '', true, true],
    ['HAProxy version 3.10.0 2030/01/01 - https://haproxy.org/', '3.10.0', '', true, true],
  ] as const) {
    it(`are told by "${line.slice(0, 30)}"`, async () => {
      assert.deepEqual(await probeCapabilities(binary(line)), {
        version,
        serverKeywords,
        cookieOnAdd,
        synchronousReload,
        lua: [],
      });
    });
  }

  it('load no script in 2.6, whose Lua does not know servers that are added', async () => {
    const { lua } = await probeCapabilities(binary('HAProxy version 2.6.12\nFeature list : +LUA'));
    assert.deepEqual(lua, []);
  });

  for (const [version, lines] of [
    ['3.0.11', 1],
    ['3.2.26', 2],
  ] as const) {
    it(`load our script in ${version} when it knows Lua`, async () => {
      const output = `HAProxy version ${version} 2026/10/14\nFeature list : +EPOLL +LUA -WOLFSSL`;
      const { lua } = await probeCapabilities(binary(output));
      assert.equal(lua.length, lines);
      const script = /^lua-load-per-thread '(\/.*\.lua)'$/.exec(lua.at(-1) ?? '')?.[1];
      assert.ok(existsSync(script ?? ''), `there is no ${script}`);
    });
  }

  it('refuse what is older than 2.6, by its version', async () => {
    await assert.rejects(
      probeCapabilities(binary('HA-Proxy version 2.2.9-2 2021/02/06')),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'haproxy-too-old');
        assert.match(error.message, /2\.2\.9/);
        return true;
      },
    );
  });

  it('refuse a program that is not HAProxy', async () => {
    await assert.rejects(probeCapabilities(binary('hello')), { code: 'haproxy-too-old' });
  });

  it('say how to install what is missing', async () => {
    await assert.rejects(probeCapabilities(join(dir, 'nothing')), { code: 'haproxy-missing', message: /HAPROXY_BIN/ });
  });
});
