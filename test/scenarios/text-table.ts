/** Columns under their titles, as wide as their widest cell and two blanks apart. */
export function textTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => joined(line, widths)).join('\n');
}

/** `name  value` lines with the values below one another. */
export function pairs(values: Readonly<Record<string, string | number>>, indent = ''): string {
  const names = Object.keys(values);
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `${indent}${name.padEnd(width)}  ${values[name]}`.trimEnd()).join('\n');
}

function joined(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd();
}
