import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One block at the left margin: `resource "aws_vpc" "network" { … }`. */
export interface Block {
  readonly kind: string;
  /** What stands in quotes behind the kind. */
  readonly labels: readonly string[];
  /** What stands between the braces, as it is written. */
  readonly body: string;
  readonly file: string;
}

const OPENING = /^([a-z_]+)((?: "[^"]*")*) \{/;

/**
 * The blocks of a folder's `.tf` files, in the order of file names and lines. Reads only what `terraform fmt` leaves as it
 * is: there a block at the margin ends with the next brace at the margin.
 */
export function readBlocks(folder: string): Block[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.tf'));
  return files.sort().flatMap((file) => blocksOf(readFileSync(join(folder, file), 'utf8'), file));
}

export function blocksOf(text: string, file: string): Block[] {
  const blocks: Block[] = [];
  let open: { kind: string; labels: string[]; lines: string[] } | null = null;
  for (const line of text.split('\n')) {
    const [opening, kind = '', quoted = ''] = OPENING.exec(line) ?? [];
    if (open === null && opening !== undefined) {
      open = { kind, labels: [...quoted.matchAll(/"([^"]*)"/g)].map(([, label = '']) => label), lines: [] };
      const inOneLine = /\{(.*)\}$/.exec(line.slice(opening.length - 1));
      if (inOneLine === null) continue;
      open.lines.push(`  ${inOneLine[1]?.trim()}`);
    } else if (open !== null && line !== '}') {
      open.lines.push(line);
      continue;
    }
    if (open === null) continue;
    blocks.push({ kind: open.kind, labels: open.labels, body: open.lines.join('\n'), file });
    open = null;
  }
  return blocks;
}

/** The value of an argument of the block itself, over as many lines as it takes; undefined where it has none. */
export function argumentOf(block: Block, name: string): string | undefined {
  const lines = block.body.split('\n');
  const start = lines.findIndex((line) => new RegExp(`^  ${name} +=`).test(line));
  if (start < 0) return undefined;
  const first = lines[start]?.replace(/^[^=]*= */, '') ?? '';
  const rest = lines.slice(start + 1);
  // What is deeper, or closes what the first line opened, belongs to it.
  const end = rest.findIndex((line) => !/^( {3,}| {2}[)\]}]|$)/.test(line));
  const opens = /[[{(]$/.test(first);
  const more = opens ? rest.slice(0, end < 0 ? rest.length : end) : [];
  return [first, ...untilClosed(more)].join('\n').trimEnd();
}

/** Blocks inside it of this kind, such as `validation`. */
export function innerBlocks(block: Block, kind: string): string[] {
  return [...block.body.matchAll(new RegExp(`^  ${kind} \\{\\n([\\s\\S]*?)^  \\}`, 'gm'))].map(([, body = '']) => body);
}

/** The text of a quoted string, without its escapes. */
export function unquote(value: string): string {
  return /^".*"$/s.test(value) ? value.slice(1, -1).replaceAll('\\"', '"').replaceAll('$${', '${') : value;
}

/** All text of a folder that Terraform or an instance reads: `.tf` files, and templates below it. */
export function textOf(folder: string): string {
  const names = readdirSync(folder, { withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && /\.(tf|tftpl|tpl|sh|ya?ml|service)$/.test(entry.name));
  const folders = names.filter((entry) => entry.isDirectory() && !['tests', '.terraform'].includes(entry.name));
  const own = files.map((entry) => readFileSync(join(folder, entry.name), 'utf8'));
  return [...own, ...folders.map((entry) => textOf(join(folder, entry.name)))].join('\n');
}

/** Text without its comments: they may name what is forbidden. */
export function withoutComments(text: string): string {
  return text.replace(/^\s*(#|\/\/).*$/gm, '');
}

export function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function untilClosed(lines: readonly string[]): readonly string[] {
  const close = lines.findIndex((line) => /^ {2}[)\]}]/.test(line));
  return close < 0 ? lines : lines.slice(0, close + 1);
}
