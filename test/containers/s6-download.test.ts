import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { docker } from '../support/docker/docker.js';
import { requireEngine } from '../support/docker/engine.js';
import { baseImages, ROOT } from '../support/docker/project.js';
import { FULL } from '../support/full.js';

const IMAGE = 'muster-test/s6-release';

/** Architectures of the images and the names that s6-overlay gives its archives for them. */
const ARCHIVES = { x64: 'x86_64', arm64: 'aarch64' } as const;

// The release itself cannot be had where these tests run: archives of our own, from a server on loopback, take its place.
// In the long form only: the stage changes when its version does.
if (FULL)
  describe('the download of s6-overlay [containers]', function () {
    this.timeout(180_000);
    const arch = process.arch === 'arm64' ? ARCHIVES.arm64 : ARCHIVES.x64;
    const files = ['noarch', arch].map((part) => `s6-overlay-${part}.tar.xz`);
    let folder = '';
    let server: Server;

    before(async function () {
      await requireEngine(this);
      folder = mkdtempSync(join(tmpdir(), 'muster-s6-'));
      for (const file of files) pack(folder, file);
      server = createServer((request, response) => {
        response.end(readFileSync(join(folder, basename(request.url ?? ''))));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });

    after(async () => {
      server?.close();
      if (folder !== '') rmSync(folder, { recursive: true });
      await docker(['image', 'rm', '--force', IMAGE]).catch(() => undefined);
    });

    it('unpacks both archives, with the modes of their files', async () => {
      await build(sums());
      const seen = await docker([
        'run',
        '--rm',
        '--network',
        'none',
        '--entrypoint',
        'sh',
        IMAGE,
        '-c',
        'cat /from-*; ls -l /init',
      ]);
      assert.match(seen, /s6-overlay-noarch/);
      assert.match(seen, new RegExp(`s6-overlay-${arch}`));
      assert.match(seen, /-rwxr-xr-x/);
    });

    it('refuses an archive whose checksum is not the one in the Dockerfile', async () => {
      await assert.rejects(build([]), /FAILED|did NOT match/);
    });

    function sums(): string[] {
      const sum = (file: string) =>
        createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex');
      return [`S6_NOARCH_SHA256=${sum(files[0] ?? '')}`, `S6_${arch.toUpperCase()}_SHA256=${sum(files[1] ?? '')}`];
    }

    function build(args: readonly string[]): Promise<string> {
      const { port } = server.address() as AddressInfo;
      const { BASE_IMAGE } = baseImages();
      const all = [`BASE_IMAGE=${BASE_IMAGE}`, `S6_OVERLAY_URL=http://127.0.0.1:${port}`, ...args];
      const buildArgs = all.flatMap((one) => ['--build-arg', one]);
      // Without the cache: a file of the same address has another content in each run.
      return docker(
        ['build', '--no-cache', '--progress', 'plain', '--target', 's6-release', '--tag', IMAGE, ...buildArgs, ROOT],
        {
          deadlineMs: 150_000,
        },
      );
    }
  });

/** An archive that holds a file named after it, and a program. */
function pack(folder: string, file: string): void {
  const content = join(folder, file.replace(/\..*/, ''));
  mkdirSync(content);
  writeFileSync(join(content, `from-${basename(content)}`), `${basename(content)}\n`);
  writeFileSync(join(content, 'init'), '#!/bin/sh\n', { mode: 0o755 });
  execFileSync('tar', ['-C', content, '-cJf', join(folder, file), '.']);
}
