import { strict as assert } from 'node:assert';
import {
  GetInstanceProfileCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { only, type Stage } from './stage.js';

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Actions for which AWS knows no resource. */
const WITHOUT_RESOURCE = [
  'autoscaling:DescribeAutoScalingInstances',
  'autoscaling:DescribeLifecycleHooks',
  'ec2:DescribeInstances',
  'ecr:GetAuthorizationToken',
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
];

/** Tests of what instances may do, and of what the state holds. */
export function testPermissions(stage: () => Stage): void {
  for (const suffix of ['', '-consul']) {
    const who = suffix === '' ? 'instances' : 'Consul servers';

    it(`lets ${who} do named things on named resources only`, async () => {
      const { account, name } = stage();
      const RoleName = await roleOf(stage(), `muster-${name}${suffix}`);
      const attached = await account.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      // AWS's own ones allow more: AmazonSSMManagedInstanceCore reads every parameter.
      assert.deepEqual(attached.AttachedPolicies, []);
      for (const { Sid, Effect, Action, Resource } of await statements(stage(), RoleName)) {
        const actions = [Action].flat();
        assert.equal(Effect, 'Allow');
        assert.deepEqual(
          actions.filter((action) => action.includes('*')),
          [],
          Sid,
        );
        const isWide = [Resource].flat().includes('*');
        assert.ok(
          !isWide || actions.every((action) => WITHOUT_RESOURCE.includes(action)),
          `${Sid} is for all resources`,
        );
      }
    });
  }

  it('lets instances complete the hook of their own group only', async () => {
    const { name, outputs } = stage();
    const all = await statements(stage(), await roleOf(stage(), `muster-${name}`));
    const hook = only(
      all.filter((one) => [one.Action].flat().includes('autoscaling:CompleteLifecycleAction')),
      'statement',
    );
    const resource = only([hook.Resource].flat(), 'resource of the hook');
    assert.ok(resource.endsWith(`:autoScalingGroupName/${outputs.autoscaling_group_name}`), resource);
  });

  it('keeps no secret in its state', async () => {
    const { account, environment, outputs } = stage();
    const parameters = Object.values(outputs.secret_parameters);
    assert.ok(parameters.length > 0);
    for (const parameter of parameters) {
      const value = await account.parameter(parameter);
      assert.ok(value.length >= 32, `${parameter} has ${value.length} characters`);
      assert.ok(!environment.state().includes(value), `the value of ${parameter} is in the state`);
    }
  });
}

async function roleOf({ account }: Stage, profile: string): Promise<string> {
  const answer = await account.iam.send(new GetInstanceProfileCommand({ InstanceProfileName: profile }));
  return String(only(answer.InstanceProfile?.Roles, `role of ${profile}`).RoleName);
}

async function statements({ account }: Stage, RoleName: string): Promise<readonly Statement[]> {
  const { PolicyNames: names = [] } = await account.iam.send(new ListRolePoliciesCommand({ RoleName }));
  assert.ok(names.length > 0, `${RoleName} has no policy`);
  const policies = names.map((PolicyName) => account.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
  return (await Promise.all(policies)).flatMap(({ PolicyDocument: text }) => {
    const { Statement } = JSON.parse(decodeURIComponent(String(text))) as {
      readonly Statement: Statement | readonly Statement[];
    };
    return [Statement].flat();
  });
}
