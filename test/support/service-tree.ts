import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One service of an s6 tree as its files say it; a file that later layers of an image replace counts in their version. */
export interface Service {
  readonly name: string;
  /** Content of each file without the final newline, by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly dependencies: readonly string[];
}

/** The s6 services of one image, read from the rootfs folders that it is made of. */
export interface ServiceTree {
  readonly services: ReadonlyMap<string, Service>;
  /** What is started at boot. */
  readonly started: readonly string[];
  /** The file behind a path of the image; null when no layer has it. */
  find(path: string): string | null;
}

const SERVICES = '/etc/s6-overlay/s6-rc.d';
const BUNDLE = '/etc/s6-overlay/user-bundles.d/user';

/** Reads the tree that `layers` (rootfs folders, the first lies lowest) come to. */
export function readServiceTree(layers: readonly string[]): ServiceTree {
  const list = (path: string) => [...new Set(layers.flatMap((layer) => entries(join(layer, path))))].sort();
  const find = (path: string) =>
    layers
      .map((layer) => join(layer, path))
      .filter((file) => existsSync(file))
      .at(-1) ?? null;
  const read = (path: string) => readFileSync(find(path) ?? path, 'utf8').replace(/\n$/, '');
  const services = list(SERVICES).map((name): Service => {
    const folder = `${SERVICES}/${name}`;
    const files = list(folder).filter((file) => statSync(find(`${folder}/${file}`) ?? '').isFile());
    return {
      name,
      files: new Map(files.map((file) => [file, read(`${folder}/${file}`)])),
      dependencies: list(`${folder}/dependencies.d`),
    };
  });
  return {
    services: new Map(services.map((service) => [service.name, service])),
    started: read(`${BUNDLE}/type`) === 'bundle' ? list(`${BUNDLE}/contents.d`) : [],
    find,
  };
}

/** The services that `name` needs, nearest first. @throws Error on a cycle or an unknown name. */
export function dependenciesOf(tree: ServiceTree, name: string, path: readonly string[] = []): readonly string[] {
  if (path.includes(name)) throw new Error(`cycle: ${[...path, name].join(' → ')}`);
  const service = tree.services.get(name);
  if (!service) throw new Error(`${path.at(-1) ?? 'the bundle'} depends on ${name}, which does not exist`);
  const direct = service.dependencies.filter((one) => one !== 'base');
  return [...new Set([...direct, ...direct.flatMap((one) => dependenciesOf(tree, one, [...path, name]))])];
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
