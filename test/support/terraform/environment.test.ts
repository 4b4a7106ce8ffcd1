import { strict as assert } from 'node:assert';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mockAwsEnvironment, refuseRealAccounts } from './environment.js';

describe('the environment of Terraform in tests', () => {
  it("lets nothing of the user's own account through", () => {
    const own = {
      PATH: '/bin',
      AWS_PROFILE: 'company',
      AWS_SESSION_TOKEN: 'real',
      AWS_ACCESS_KEY_ID: 'AKIAREAL',
      AWS_ENDPOINT_URL_EC2: 'https://ec2.amazonaws.com',
      AWS_CONFIG_FILE: '/home/me/.aws/config',
      TF_VAR_name: 'production',
      TF_CLI_ARGS_apply: '-lock=false',
      TF_WORKSPACE: 'production',
    };
    const env = mockAwsEnvironment(own);
    const passed = Object.entries(own)
      .filter(([name, value]) => env[name] === value)
      .map(([name]) => name);
    assert.deepEqual(passed, ['PATH']);
    assert.deepEqual(
      Object.keys(env).filter((name) =>
        /^(AWS_PROFILE|AWS_SESSION_TOKEN|AWS_ENDPOINT_URL_|TF_VAR|TF_CLI|TF_WORK)/.test(name),
      ),
      [],
    );
  });

  it('leads to nowhere without a mock', () => {
    assert.equal(mockAwsEnvironment({}).AWS_ENDPOINT_URL, 'http://127.0.0.1:9');
  });
});

describe('the guard against real accounts', () => {
  let server: Server;
  let account = '';

  before(async () => {
    server = createServer((_, answer) => answer.end(`<Account>${account}</Account>`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  after(() => new Promise((resolve) => server.close(resolve)));

  it("lets the mock's account pass", async () => {
    account = '123456789012';
    await refuseRealAccounts(endpoint());
  });

  it('refuses any other account', async () => {
    account = '210987654321';
    await assert.rejects(refuseRealAccounts(endpoint()), /says it is account 210987654321, not the mock's/);
  });

  it('refuses an endpoint that names no account', async () => {
    account = '';
    await assert.rejects(refuseRealAccounts(endpoint()), /account unknown/);
  });

  function endpoint(): string {
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
});
