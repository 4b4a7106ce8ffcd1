import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import { measureImage } from '../../test/support/docker/image.js';
import { baseImages } from '../../test/support/docker/project.js';
import { buildProject } from '../containers/containers.js';
import type { BenchOptions } from '../options.js';
import type { Teardown } from '../teardown.js';

const MB = 1_000_000;
/** Init, code, production dependencies and service tree together. */
const OURS_AT_MOST = 35 * MB;

/** Builds the images and prints what they weigh, as a table for docs/images.md. True when the promise was kept. */
export async function benchImages(_options: BenchOptions, teardown: Teardown): Promise<boolean> {
  const { webapp, ha } = (await buildProject({}, teardown)).images;
  const nginx = (await buildProject({ BALANCER: 'nginx' }, teardown)).images.ha;
  const { BASE_IMAGE, HAPROXY_IMAGE, NGINX_IMAGE } = baseImages();
  const images = [
    { name: 'webapp', image: webapp, base: BASE_IMAGE },
    { name: 'ha (haproxy)', image: ha, base: HAPROXY_IMAGE },
    { name: 'ha (nginx)', image: nginx, base: NGINX_IMAGE },
  ];
  console.log(
    '| image | base | Node | ours (s6, code, dependencies) | total | compressed |\n|---|---|---|---|---|---|',
  );
  let kept = true;
  for (const { name, image, base } of images) {
    const size = await measureImage(image, base);
    const sizes = [size.node, size.ours, size.total, await compressedBytes(image)].map(megabytes);
    console.log(`| ${name} | ${base}: ${megabytes(size.base)} | ${sizes.join(' | ')} |`);
    kept = kept && size.ours <= OURS_AT_MOST;
  }
  console.log(`\npromise: ours at most ${megabytes(OURS_AT_MOST)}: ${kept ? 'kept' : 'MISSED'}`);
  return kept;
}

/** About what has to be fetched: all layers together by gzip at its fastest. */
async function compressedBytes(image: string): Promise<number> {
  const saving = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(saving, 'close');
  let bytes = 0;
  for await (const chunk of saving.stdout.pipe(createGzip({ level: 1 }))) bytes += (chunk as Buffer).length;
  const [code] = await ended;
  if (code !== 0) throw new Error(`docker save ${image} ended with ${code}`);
  return bytes;
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}
