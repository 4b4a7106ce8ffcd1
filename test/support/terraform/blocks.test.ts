import { strict as assert } from 'node:assert';
import { argumentOf, blocksOf, innerBlocks, unquote, withoutComments } from './blocks.js';

const TEXT = `# variable "not_this_one" {
variable "zones" {
  type = map(object({
    slot = number
    size = optional(number, 2)
  }))
  description = "Zones, each \\"with\\" a slot"
  default = {
    a = { slot = 0 }
  }
  nullable = false

  validation {
    condition     = length(var.zones) > 1
    error_message = "two."
  }

  validation {
    condition     = true
    error_message = "never."
  }
}

variable "plain" { type = string }

resource "aws_eip" "nat" {
  for_each = toset([
    "a",
  ])
  domain = "vpc"
}

locals {
  a = 1
}
`;

describe('the reader of blocks', () => {
  const blocks = blocksOf(TEXT, 'main.tf');
  const [zones, plain, address] = blocks;

  it('finds the blocks at the margin, with their labels', () => {
    assert.deepEqual(
      blocks.map(({ kind, labels }) => [kind, ...labels]),
      [['variable', 'zones'], ['variable', 'plain'], ['resource', 'aws_eip', 'nat'], ['locals']],
    );
  });

  it('gives the value of an argument, over several lines too', () => {
    assert.ok(zones && plain && address);
    assert.equal(argumentOf(zones, 'type'), 'map(object({\n    slot = number\n    size = optional(number, 2)\n  }))');
    assert.equal(argumentOf(zones, 'default'), '{\n    a = { slot = 0 }\n  }');
    assert.equal(argumentOf(zones, 'nullable'), 'false');
    assert.equal(argumentOf(address, 'for_each'), 'toset([\n    "a",\n  ])');
    assert.equal(argumentOf(address, 'domain'), '"vpc"');
    assert.equal(argumentOf(plain, 'type'), 'string');
    assert.equal(unquote(argumentOf(zones, 'description') ?? ''), 'Zones, each "with" a slot');
  });

  it('takes no argument of an inner block or of a value for the own one', () => {
    assert.ok(zones);
    assert.equal(argumentOf(zones, 'condition'), undefined);
    assert.equal(argumentOf(zones, 'slot'), undefined);
  });

  it('gives inner blocks', () => {
    assert.ok(zones);
    assert.deepEqual(
      innerBlocks(zones, 'validation').map((body) => /"(.*)"/.exec(body)?.[1]),
      ['two.', 'never.'],
    );
  });

  it('can leave comments out', () => {
    assert.equal(withoutComments('  # "*"\na = 1 # stays\n// x').trim(), 'a = 1 # stays');
  });
});
