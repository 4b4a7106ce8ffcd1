import { argumentOf, type Block, innerBlocks, withoutComments } from '../../support/terraform/blocks.js';

/** What the rules judge: one folder of `.tf` files, and its text with that of its templates. */
export interface Module {
  readonly blocks: readonly Block[];
  readonly text: string;
}

/** Gives what breaks the rule, by name; nothing where all is well. */
export type Rule = (module: Module) => string[];

/** Made by AWS or by another module, or looked up: a check of the form would only repeat that. */
const MADE_ELSEWHERE = /(^|_)(ids?|arns?|suffix|profile_name|retry_join|instance_type)$/;

/** As tflint's recommended rules for Terraform, and what this project promises besides. */
export const RULES: Readonly<Record<string, Rule>> = {
  'every variable has a type': ({ blocks }) =>
    named(blocks, 'variable', (block) => /^(any)?$/.test(argumentOf(block, 'type') ?? '')),
  'every variable has a description': ({ blocks }) => named(blocks, 'variable', hasNoDescription),
  'every output has a description': ({ blocks }) => named(blocks, 'output', hasNoDescription),
  'every variable that can be wrong is validated': ({ blocks }) =>
    named(blocks, 'variable', (block) => canBeWrong(block) && !isHandedOn(block, blocks)),
  'variables and outputs stand in the files of that name': ({ blocks }) =>
    blocks.filter((block) => !standsWhereExpected(block)).map((block) => `${block.labels[0]} in ${block.file}`),
  'every variable and local value is used': ({ blocks, text }) => [
    ...named(blocks, 'variable', (block) => !isUsed(text, `var.${block.labels[0]}`)),
    ...localsOf(blocks).filter((name) => !isUsed(text, `local.${name}`)),
  ],
  'names are snake_case': ({ blocks }) =>
    blocks.flatMap((block) => block.labels.slice(-1)).filter((label) => !/^[a-z][a-z0-9_]*$/.test(label)),
  'no value is a string with nothing but an expression': ({ text }) => found(text, /= "\$\{[^{}]+\}"$/gm),
  'no policy allows all actions, or all of a service': ({ text }) =>
    found(text, /^\s*("?[Nn]ot_?[Aa]ctions?"?|"?[Aa]ctions?"?)\s*[=:]\s*(\[[^\]]*\]|"[^"]*")/gm).filter((list) =>
      /"([\w-]+:)?\*"/.test(list),
    ),
  'nobody gets in by SSH': ({ text }) => found(text, /\b(key_name|aws_key_pair)\b|(from|to)_port\s*=\s*22\b/g),
  'no rule lets the world in but by the variable of the balancer': ({ blocks }) =>
    blocks.filter(isIngress).filter(opensByItself).map(address),
  'no secret comes into the state': ({ blocks, text }) => [
    ...blocks.filter(readsSecret).map(address),
    ...found(text, /\bwith_decryption\s*=\s*true/g),
  ],
  'no secret is a variable': ({ blocks }) => named(blocks, 'variable', ({ labels: [name = ''] }) => isSecretName(name)),
  'a template is used by its number': ({ text }) => found(text, /\$(Latest|Default)\b/g),
};

function named(blocks: readonly Block[], kind: string, isBad: (block: Block) => boolean): string[] {
  return blocks.filter((block) => block.kind === kind && isBad(block)).map(address);
}

function address({ kind, labels }: Block): string {
  return [kind, ...labels].join('.');
}

function hasNoDescription(block: Block): boolean {
  return /^("")?$/.test(argumentOf(block, 'description') ?? '');
}

function canBeWrong(block: Block): boolean {
  const type = argumentOf(block, 'type') ?? '';
  const isFree = type === 'bool' || type.startsWith('object') || MADE_ELSEWHERE.test(block.labels[0] ?? '');
  return !isFree && innerBlocks(block, 'validation').length === 0;
}

/** As it is, to one of the modules, which judges it. Modules' own inner ones judge nothing. */
function isHandedOn({ labels: [name = ''] }: Block, blocks: readonly Block[]): boolean {
  const modules = blocks.filter((block) => block.kind === 'module' && isOfModules(block));
  return modules.some((block) => argumentOf(block, name) === `var.${name}`);
}

function isOfModules(block: Block): boolean {
  return /^"\.\.\/modules\//.test(argumentOf(block, 'source') ?? '');
}

/** `variables-stack.tf` is a file of variables too. */
function standsWhereExpected({ kind, file }: Block): boolean {
  if (kind === 'variable') return file.startsWith('variables');
  return kind !== 'output' || file.startsWith('outputs');
}

function isUsed(text: string, name: string): boolean {
  return new RegExp(`\\b${name.replace('.', '\\.')}\\b`).test(withoutDeclarations(text));
}

/** A variable's own validation is no use of it. */
function withoutDeclarations(text: string): string {
  return withoutComments(text).replace(/^variable "[\s\S]*?^\}/gm, '');
}

function localsOf(blocks: readonly Block[]): string[] {
  const bodies = blocks.filter((block) => block.kind === 'locals').map((block) => block.body);
  return bodies.flatMap((body) => [...body.matchAll(/^ {2}(\w+) +=/gm)].map(([, name = '']) => name));
}

function found(text: string, pattern: RegExp): string[] {
  return [...withoutComments(text).matchAll(pattern)].map(([match]) => match.trim());
}

function isIngress({ kind, labels: [type = ''], body }: Block): boolean {
  if (kind !== 'resource') return false;
  const isOldRule = type === 'aws_security_group_rule' && /"ingress"/.test(body);
  return type === 'aws_vpc_security_group_ingress_rule' || isOldRule || /^ {2}(dynamic ")?ingress\b/m.test(body);
}

function opensByItself({ body }: Block): boolean {
  return /"(0\.0\.0\.0|::)\/0"|prefix_list_id/.test(body);
}

/** What such blocks read or make is kept in the state, but for `value_wo`. AWS's own public parameters are no secrets. */
function readsSecret({ kind, labels: [type = ''], body }: Block): boolean {
  if (kind !== 'data' && kind !== 'resource') return false;
  if (/^(random_password|tls_private_key|aws_secretsmanager_secret_version|aws_iam_access_key)$/.test(type))
    return true;
  if (type !== 'aws_ssm_parameter') return false;
  return kind === 'resource' ? / {2}(insecure_)?value +=/.test(body) : !/"\/aws\/service\//.test(body);
}

/** The name of a parameter that holds one is none. */
function isSecretName(name: string): boolean {
  return /(password|passwd|secret|token|gossip_key|private_key)$/.test(name);
}
