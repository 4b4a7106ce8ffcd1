import { strict as assert } from 'node:assert';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { autoScalingClient } from '../../membership/src/instance/auto-scaling.js';
import { type Lifecycle, openLifecycle } from '../../membership/src/instance/lifecycle.js';
import { Secret } from '../../membership/src/secret.js';
import { HOOK, MotoGroup } from '../support/moto/group.js';
import { Moto, requirePythonWithMoto, SMALL_MOTO } from '../support/moto/moto.js';

const FOREVER = new AbortController().signal;
const USER = 'instance-agent';

describe('calls of the instance agent to an AWS that checks signatures', () => {
  let moto: Moto | null = null;
  let open: (secret: string) => Lifecycle;
  let secret = '';

  before(async function () {
    moto = await Moto.start(requirePythonWithMoto(this), SMALL_MOTO);
    const group = await MotoGroup.create(moto, 60);
    const [instanceId = ''] = group.instanceIds;
    const { AccessKeyId: accessKeyId = '', SecretAccessKey = '' } = await userThatMay(moto, [
      ...['DescribeAutoScalingInstances', 'DescribeLifecycleHooks'],
      ...['TerminateInstanceInAutoScalingGroup', 'RecordLifecycleActionHeartbeat', 'CompleteLifecycleAction'],
    ]);
    secret = SecretAccessKey;
    const { url: endpoint, region } = { url: moto.url, region: moto.env.AWS_REGION };
    open = (text) => {
      const keys = { accessKeyId, secretAccessKey: new Secret(text), sessionToken: null };
      const credentials = { current: async () => keys, drop() {} };
      const call = autoScalingClient({ region, endpoint, credentials, timeoutMs: 5_000 });
      return openLifecycle({ call, instanceId, hook: HOOK });
    };
    await moto.checkAuth();
  });
  after(async () => moto?.stop());

  it('are refused with a wrong secret, with what AWS says', async () => {
    const wrong = open(`${secret.slice(0, -1)}${secret.endsWith('x') ? 'y' : 'x'}`);
    await assert.rejects(wrong.heartbeat(FOREVER), { code: 'aws-credentials', message: /SignatureDoesNotMatch/ });
    await assert.rejects(wrong.end(FOREVER), { code: 'aws-credentials' });
    await assert.rejects(wrong.complete(FOREVER), { code: 'aws-credentials' });
  });

  it('are taken with the right one, each of the five', async () => {
    const right = open(secret);
    assert.equal(await right.heartbeatMs(FOREVER), 30_000);
    assert.equal(await right.end(FOREVER), true);
    assert.equal(await right.end(FOREVER), false);
    assert.equal(await right.heartbeat(FOREVER), true);
    assert.equal(await right.complete(FOREVER), 'completed');
    assert.equal(await right.complete(FOREVER), 'nothing');
  });
});

async function userThatMay(moto: Moto, actions: readonly string[]) {
  const iam = new IAMClient(moto.client);
  const Statement = [{ Effect: 'Allow', Action: actions.map((action) => `autoscaling:${action}`), Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new CreateUserCommand({ UserName: USER }));
  await iam.send(new PutUserPolicyCommand({ UserName: USER, PolicyName: USER, PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: USER }));
  return AccessKey ?? assert.fail('no access key');
}
