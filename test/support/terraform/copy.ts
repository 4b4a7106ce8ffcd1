import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** What the infrastructure reads besides itself. */
const PARTS = ['infra', 'docker-compose.yml', '.env'];
/** What a user's own runs leave there: no test may see or change it. */
const LEFT_OUT = /^(\.terraform.*|.*\.tfstate(\..*)?|.*\.tfplan|.*\.auto\.tfvars\.json|crash.*\.log)$/;

/** The infrastructure in a folder of its own: state, locks, plugins and overrides never touch the checkout. */
export class InfraCopy {
  readonly root: string;
  readonly infra: string;
  readonly #onExit = (): void => this.remove();

  constructor(from: string = ROOT, leftOut: RegExp = LEFT_OUT) {
    this.root = mkdtempSync(join(tmpdir(), 'muster-infra-'));
    this.infra = join(this.root, 'infra');
    for (const part of PARTS.filter((one) => existsSync(join(from, one)))) {
      cpSync(join(from, part), join(this.root, part), {
        recursive: true,
        filter: (file) => !leftOut.test(basename(file)),
      });
    }
    process.once('exit', this.#onExit);
  }

  /** A folder of `infra/`. */
  folder(name: string): string {
    return join(this.infra, name);
  }

  /** A copy of this copy, with its plugins, so that it needs no `init`. */
  branch(): InfraCopy {
    return new InfraCopy(this.root, /^(.*\.tfstate(\..*)?|.*\.tfplan)$/);
  }

  /** Adds a file, such as a test-only override, or replaces it. */
  write(file: string, text: string): void {
    writeFileSync(join(this.infra, file), text);
  }

  /**
   * Replaces the only place of `from` in a file of `infra/`.
   * @throws where it is nowhere, or in several places: then the change would prove nothing
   */
  mutate(file: string, from: string, to: string): void {
    const path = join(this.infra, file);
    const text = readFileSync(path, 'utf8');
    const places = text.split(from).length - 1;
    if (places !== 1) throw new Error(`${file}: ${from} is there ${places} times, not once: adapt the mutation`);
    const changed = text.replace(from, () => to);
    if (changed === text) throw new Error(`${file}: replacing ${from} changed nothing`);
    writeFileSync(path, changed);
  }

  remove(): void {
    process.off('exit', this.#onExit);
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Folders of `infra/` that others build on, as `modules/network`, sorted; environments are none of them. */
export function moduleFolders(infra: string = join(ROOT, 'infra')): string[] {
  return ['instance', 'modules'].flatMap((kind) => foldersOf(join(infra, kind)).map((name) => `${kind}/${name}`));
}

/** Folders with a `.tf` file in them, by name. */
function foldersOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map((entry) => entry.name)
    .filter((name) => readdirSync(join(folder, name)).some((file) => file.endsWith('.tf')))
    .sort();
}
