import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyReadme, putTables, renderTables } from './module-tables.js';

describe('the tables in a README', () => {
  let folder = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-tables-'));
    writeFileSync(
      join(folder, 'variables.tf'),
      `variable "mode" {
  type        = string
  description = "a | b"
  default     = "a"
}

variable "sizes" {
  type = object({
    smallest_of_all_the_sizes = optional(number, 1)
    largest_of_all_the_sizes  = optional(number, 2)
  })
  description = "Sizes"
}
`,
    );
    writeFileSync(join(folder, 'outputs.tf'), 'output "id" {\n  description = "The id"\n  value       = 1\n}\n');
  });

  after(() => rmSync(folder, { recursive: true }));

  it('tell type, default and description, and say where the long ones stand', () => {
    const rows = renderTables(folder)
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    assert.deepEqual(rows, [
      '| `mode` | `string` | `"a"` | a \\| b |',
      '| `sizes` | object, see variables.tf | **required** | Sizes |',
      '| `id` | The id |',
    ]);
  });

  it('replace what stands between the markers, and nothing else', () => {
    const written = putTables(`${emptyReadme('network')}\nMore.\n`, renderTables(folder), 'README.md');
    assert.match(written, /^# network\n[\s\S]*\| `mode`[\s\S]*\nMore\.\n$/);
    assert.equal(putTables(written, renderTables(folder), 'README.md'), written);
  });

  it('are refused a README that has no place for them', () => {
    assert.throws(() => putTables('# network\n', renderTables(folder), 'README.md'), /README\.md has no place/);
  });
});
