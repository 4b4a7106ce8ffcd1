import { strict as assert } from 'node:assert';
import { blocksOf } from '../../support/terraform/blocks.js';
import { RULES } from './rules.js';

/** Rule => text that breaks it. All of it breaks no other rule that matters here. */
const BREAKS: Readonly<Record<string, readonly string[]>> = {
  'every variable has a type': ['variable "a" {\n  description = "a"\n}', 'variable "a" {\n  type        = any\n}'],
  'every variable has a description': ['variable "a" {\n  type = string\n}', 'variable "a" {\n  description = ""\n}'],
  'every output has a description': ['output "a" {\n  value = 1\n}'],
  'every variable that can be wrong is validated': [
    'variable "min_size" {\n  type = number\n}',
    'variable "a" {\n  type = number\n}\nmodule "b" {\n  source = "../modules/b"\n  b = var.a\n}',
    'variable "a" {\n  type = number\n}\nmodule "b" {\n  source = "../../instance/b"\n  a = var.a\n}',
  ],
  'variables and outputs stand in the files of that name': ['variable "a" {\n  type = string\n}', 'output "a" {\n}'],
  'every variable and local value is used': [
    'variable "a" {\n  validation {\n    condition = var.a > 1\n  }\n}',
    'locals {\n  a = 1\n}',
    'variable "a" {\n}\n# var.a\nresource "x" "y" {\n  b = var.ab\n}',
  ],
  'names are snake_case': ['resource "aws_vpc" "the-vpc" {\n}'],
  'no value is a string with nothing but an expression': [`resource "aws_vpc" "a" {\n  b = "\${var.a}"\n}`],
  'no policy allows all actions, or all of a service': [
    'data "x" "y" {\n  statement {\n    actions = ["ec2:*"]\n  }\n}',
    'data "x" "y" {\n  statement {\n    actions = [\n      "ec2:DescribeInstances",\n      "*",\n    ]\n  }\n}',
    'resource "x" "y" {\n  policy = jsonencode({\n    Action = "*"\n  })\n}',
  ],
  'nobody gets in by SSH': ['resource "x" "y" {\n  from_port = 22\n}', 'resource "x" "y" {\n  key_name = "me"\n}'],
  'no rule lets the world in but by the variable of the balancer': [
    'resource "aws_vpc_security_group_ingress_rule" "a" {\n  cidr_ipv4 = "0.0.0.0/0"\n}',
    'resource "aws_security_group_rule" "a" {\n  type = "ingress"\n  cidr_blocks = ["::/0"]\n}',
    'resource "aws_security_group" "a" {\n  ingress {\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}',
  ],
  'no secret comes into the state': [
    'resource "random_password" "a" {\n}',
    'data "aws_ssm_parameter" "key" {\n  name = var.gossip_key_parameter\n}',
    'resource "aws_ssm_parameter" "key" {\n  value = var.key\n}',
    'data "x" "y" {\n  with_decryption = true\n}',
  ],
  'no secret is a variable': ['variable "gossip_key" {\n}', 'variable "db_password" {\n}'],
  'a template is used by its number': ['resource "x" "y" {\n  version = "$Latest"\n}'],
};

describe('the rules for the infrastructure', () => {
  for (const [name, rule] of Object.entries(RULES)) {
    it(`can see broken that ${name}`, () => {
      const texts = BREAKS[name] ?? [];
      assert.notEqual(texts.length, 0, 'no text breaks this rule');
      for (const text of texts) assert.notDeepEqual(rule({ blocks: blocksOf(text, 'main.tf'), text }), [], text);
    });
  }

  it('let pass what is right', () => {
    const text = `variable "subnet_ids" {
  type        = set(string)
  description = "Subnets"
}
variable "min_size" {
  type        = number
  description = "Judged by the module"
}
module "autoscaling" {
  source = "../modules/autoscaling"

  min_size = var.min_size
}
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023"
}
resource "aws_ssm_parameter" "key" {
  value_wo = ephemeral.key.value
}
data "aws_iam_policy_document" "agent" {
  statement {
    actions   = ["ec2:DescribeInstances"]
    resources = ["*"]
  }
}
resource "aws_vpc_security_group_egress_rule" "world" {
  cidr_ipv4 = "0.0.0.0/0"
  subnets   = var.subnet_ids
}
`;
    const judged = Object.entries(RULES).map(([name, rule]) => [
      name,
      rule({ blocks: blocksOf(text, 'variables.tf'), text }),
    ]);
    assert.deepEqual(
      judged.filter(([, faults]) => faults?.length !== 0),
      [],
    );
  });
});
