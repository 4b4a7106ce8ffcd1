import { argumentOf, type Block, readBlocks, unquote } from './blocks.js';

const START = '<!-- inputs and outputs: npm run infra:tables -->';
const END = '<!-- end of inputs and outputs -->';
/** Longer values would make a table that nobody can read: their type or default is in variables.tf. */
const LONG = 60;

/** The tables of a module's variables and outputs, with their markers, as they stand in its README. */
export function renderTables(folder: string): string {
  const blocks = readBlocks(folder);
  const variables = blocks.filter((block) => block.kind === 'variable');
  const outputs = blocks.filter((block) => block.kind === 'output');
  const inputs = table(['variable', 'type', 'default', 'is'], variables.map(inputRow));
  const results = table(['output', 'is'], outputs.map(outputRow));
  return [START, '', '## Variables', '', ...inputs, '', '## Outputs', '', ...results, '', END].join('\n');
}

/**
 * A README with these tables in place of the ones it has.
 * @throws where the markers are missing: where the tables belong is for its author to say
 */
export function putTables(readme: string, tables: string, name: string): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start)
    throw new Error(`${name} has no place for the tables: add the lines ${START} and ${END}`);
  return readme.slice(0, start) + tables + readme.slice(end + END.length);
}

/** What a new README begins with. */
export function emptyReadme(module: string): string {
  return `# ${module}\n\n${START}\n${END}\n`;
}

function inputRow(block: Block): string[] {
  const standard = argumentOf(block, 'default');
  const preset = standard === undefined ? '**required**' : code(standard, 'see variables.tf');
  return [
    name(block),
    code(argumentOf(block, 'type') ?? 'any', 'object, see variables.tf'),
    preset,
    description(block),
  ];
}

function outputRow(block: Block): string[] {
  return [name(block), description(block)];
}

function name(block: Block): string {
  return `\`${block.labels[0]}\``;
}

function description(block: Block): string {
  return unquote(argumentOf(block, 'description') ?? '').replaceAll('|', '\\|');
}

function code(value: string, otherwise: string): string {
  const short = value.replace(/\s*\n\s*/g, ' ');
  return short.length > LONG ? otherwise : `\`${short.replaceAll('|', '\\|')}\``;
}

function table(head: readonly string[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return ['None.'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
