import { strict as assert } from 'node:assert';
import { fileURLToPath } from 'node:url';
import { type LogLine, logLines } from '../cluster-log.js';
import { eventually } from '../eventually.js';
import { MetadataStub } from '../metadata-stub.js';
import { RunningProcess, tail } from '../processes.js';
import { HOOK } from './group.js';
import type { Moto } from './moto.js';

export const INSTANCE_AGENT = fileURLToPath(new URL('../../../membership/dist/instance/bin.js', import.meta.url));

const ROLE_HOURS = 6;

export interface TestInstanceOptions {
  readonly id: string;
  /** What its members announce. */
  readonly address: string;
  readonly moto: Moto;
  /** Settings that point the agent at the registry. */
  readonly registryEnv: Readonly<Record<string, string>>;
  /** Of the agent. */
  readonly logFile: string;
}

/** What belongs to one EC2 instance alone: its metadata service, and the instance agent, a process as in its container. */
export class TestInstance {
  readonly id: string;
  readonly metadata: MetadataStub;
  readonly #options: TestInstanceOptions;
  #agent: RunningProcess | null = null;

  private constructor(options: TestInstanceOptions, metadata: MetadataStub) {
    this.id = options.id;
    this.metadata = metadata;
    this.#options = options;
  }

  /** With a role, and without the agent. */
  static async start(options: TestInstanceOptions): Promise<TestInstance> {
    const { id: instanceId, address: privateIp, moto } = options;
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region } = moto.env;
    const metadata = await MetadataStub.start({ instanceId, region, privateIp });
    const expiresAt = new Date(Date.now() + ROLE_HOURS * 3_600_000);
    metadata.giveRole({ accessKeyId, secretAccessKey, sessionToken: 'session', expiresAt });
    return new TestInstance(options, metadata);
  }

  /** Starts the agent and waits until it knows its hook. */
  async startAgent(env: Readonly<Record<string, string>> = {}): Promise<void> {
    assert.ok(this.#agent === null, 'an instance agent runs already');
    const { moto, registryEnv, logFile } = this.#options;
    this.#agent = new RunningProcess({
      name: 'instance-agent',
      command: process.execPath,
      args: [INSTANCE_AGENT],
      env: {
        ...{ LOG_LEVEL: 'debug', LIFECYCLE_HOOK: HOOK, INSTANCE_POLL_MS: '100' },
        AWS_ENDPOINT_URL: moto.url,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: this.metadata.url,
        ...registryEnv,
        ...env,
      },
      logFile,
    });
    await this.untilSaid('lifecycle hook to complete');
  }

  get agent(): RunningProcess {
    assert.ok(this.#agent, 'no instance agent was started');
    return this.#agent;
  }

  agentLog(): LogLine[] {
    return logLines(this.#options.logFile);
  }

  /** Waits for a line of the agent's log. */
  untilSaid(msg: string): Promise<LogLine> {
    return eventually(() => {
      const lines = this.agentLog();
      const found = lines.find((line) => line.msg === msg);
      assert.ok(found, `the agent has not said "${msg}", but ${lines.map((line) => line.msg).join(', ')}`);
      return found;
    });
  }

  /** All lines so far with that message. */
  linesSaying(msg: string): LogLine[] {
    return this.agentLog().filter((line) => line.msg === msg);
  }

  logTail(): string {
    return tail(this.#options.logFile, 40);
  }

  /** Ends both at once. */
  async stop(): Promise<void> {
    await Promise.all([this.#agent?.kill(), this.metadata.stop()]);
  }
}
