/** A fault put into a module: its tests have to see it. */
export interface Mutation {
  /** What is wrong then. */
  readonly name: string;
  readonly module: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly from: string;
  readonly to: string;
  /** The test file that has to fail. */
  readonly test: string;
  /** Runs each time; the others under MUSTER_FULL=1. */
  readonly isFirst?: true;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a private subnet uses the NAT gateway of another zone',
    module: 'modules/network',
    file: 'routing.tf',
    from: 'aws_nat_gateway.nat[each.value].id',
    to: 'aws_nat_gateway.nat[local.first_zone].id',
    test: 'routing',
    isFirst: true,
  },
  {
    name: 'private subnets lead straight to the internet',
    module: 'modules/network',
    file: 'routing.tf',
    from: '  route_table_id = aws_route_table.private[each.key].id',
    to: '  route_table_id = aws_route_table.public.id',
    test: 'routing',
  },
  {
    name: 'private subnets overlap the public ones',
    module: 'modules/network',
    file: 'main.tf',
    from: 'cidrsubnet(var.cidr, 4, 8 + slot)',
    to: 'cidrsubnet(var.cidr, 4, slot)',
    test: 'addresses',
  },
  {
    name: 'the VPC may lie where Docker has its networks',
    module: 'modules/network',
    file: 'variables.tf',
    from: '!can(regex("^(172\\\\.(1[7-9]|2[0-9]|3[01])|192\\\\.168)\\\\.", var.cidr))',
    to: 'var.cidr != ""',
    test: 'validation',
  },
  {
    name: 'the world reaches the instances',
    module: 'modules/security',
    file: 'rules.tf',
    from: 'security_group_id = local.groups.balancer',
    to: 'security_group_id = local.groups.app',
    test: 'rules',
    isFirst: true,
  },
  {
    name: 'an instance is judged by its app',
    module: 'modules/balancer',
    file: 'main.tf',
    from: 'path                = var.health_check_path',
    to: 'path                = "/"',
    test: 'balancer',
  },
  {
    name: 'instances may read every parameter',
    module: 'modules/instance-profile',
    file: 'main.tf',
    from: 'resources = local.parameter_arns',
    to: 'resources = ["*"]',
    test: 'policy',
  },
  {
    name: 'nobody finds the Consul servers',
    module: 'modules/consul',
    file: 'main.tf',
    from: 'merge(local.tags, { (local.join_tag) = var.join_tag_value })',
    to: 'local.tags',
    test: 'servers',
  },
  {
    name: 'a refresh goes on before a Consul server that fails is off',
    module: 'modules/consul',
    file: 'group.tf',
    from: 'local.first_boot + 420',
    to: 'local.first_boot - 180',
    test: 'servers',
  },
  {
    name: 'a Consul server that powers itself off can come back',
    module: 'modules/consul',
    file: 'main.tf',
    from: 'shutdown_behavior = "terminate"',
    to: 'shutdown_behavior = "stop"',
    test: 'servers',
  },
  {
    name: 'an instance ends before a new one is there',
    module: 'modules/autoscaling',
    file: 'group.tf',
    from: 'instance_maintenance_policy {\n    min_healthy_percentage = 100',
    to: 'instance_maintenance_policy {\n    min_healthy_percentage = 50',
    test: 'group',
  },
  {
    name: 'metadata is given without a token',
    module: 'modules/autoscaling',
    file: 'launch-template.tf',
    from: 'http_tokens                 = "required"',
    to: 'http_tokens                 = "optional"',
    test: 'machines',
  },
  {
    name: 'disks are not encrypted',
    module: 'modules/autoscaling',
    file: 'launch-template.tf',
    from: 'encrypted             = true',
    to: 'encrypted             = false',
    test: 'machines',
  },
  {
    name: 'the group grows above 70 % CPU',
    module: 'modules/autoscaling',
    file: 'scaling.tf',
    from: 'threshold = var.scale_up_cpu',
    to: 'threshold = 70',
    test: 'scaling',
  },
  {
    name: 'an idle group grows',
    module: 'modules/autoscaling',
    file: 'scaling.tf',
    from: 'adjustment = -1',
    to: 'adjustment = 1',
    test: 'scaling',
    isFirst: true,
  },
  {
    name: 'the hook holds instances that start',
    module: 'modules/autoscaling',
    file: 'group.tf',
    from: 'autoscaling:EC2_INSTANCE_TERMINATING',
    to: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    test: 'group',
  },
  {
    name: 'a new template starts no refresh',
    module: 'modules/autoscaling',
    file: 'group.tf',
    from: 'launch_template.value.latest_version',
    to: '"$Latest"',
    test: 'group',
  },
];
