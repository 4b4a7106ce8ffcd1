import { docker } from './docker.js';

/** What an image adds, in bytes, with the Dockerfile line that added it; the newest layer first. */
export interface Layer {
  readonly bytes: number;
  readonly createdBy: string;
}

/** What the image sizes are made of, in bytes. */
export interface ImageSize {
  readonly total: number;
  /** The base image, as it came. */
  readonly base: number;
  /** The Node program. */
  readonly node: number;
  /** Everything else: init, code, its dependencies, the service tree. */
  readonly ours: number;
}

/** The layers that `docker history` lists; layers of nothing (ENV, LABEL) are left out. */
export async function layersOf(image: string): Promise<readonly Layer[]> {
  const format = '{{.Size}}\t{{.CreatedBy}}';
  const text = await docker(['history', '--no-trunc', '--human=false', '--format', format, image]);
  const layers = text.split('\n').map((line) => {
    const [size = '0', createdBy = ''] = line.split('\t');
    return { bytes: Number(size), createdBy };
  });
  return layers.filter(({ bytes }) => bytes > 0);
}

/** Splits an image into the base image, Node and what Muster adds. */
export async function measureImage(image: string, base: string): Promise<ImageSize> {
  const [layers, baseLayers] = await Promise.all([layersOf(image), layersOf(base)]);
  const total = sum(layers);
  const below = sum(baseLayers);
  const node = sum(layers.filter(({ createdBy }) => createdBy.includes('/usr/local/bin/node ')));
  return { total, base: below, node, ours: total - below - node };
}

function sum(layers: readonly Layer[]): number {
  return layers.reduce((total, { bytes }) => total + bytes, 0);
}
