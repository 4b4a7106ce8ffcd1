import type {
  AddressPolicy,
  DrainBoard,
  MembershipSource,
  Registrar,
  Registration,
  SourceObserver,
  WeightBoard,
} from '@muster/membership';
import { addressPolicy } from '@muster/membership';
import { type Follower, follow } from './follow.js';

/** An entry as another tool, or an attacker, writes it straight into the registry. Its id is given apart. */
export interface RawEntry {
  readonly address: string;
  readonly port: number;
}

/** One running registry, as the contract suites see it. Every call of a factory gives a new, independent client. */
export interface RegistryHarness {
  /** Without a policy: `CONTRACT_POLICY`. */
  source(policy?: AddressPolicy, observer?: SourceObserver): MembershipSource;
  /** Without a TTL: one that does not run out during a test. */
  registrar(ttlMs?: number): Registrar;
  board(): DrainBoard;
  weights(): WeightBoard;
  /** Writes the entry past the registrar. It resolves when the registry has it, and fails if the registry refuses it. */
  putRaw(service: string, id: string, raw: RawEntry): Promise<void>;
  /** Writes what stands for a weight past the board: JSON text, or what was meant as such. */
  putRawWeight(service: string, id: string, text: string): Promise<void>;
  /** Takes the registry away with all that it holds; gives the function that brings it back as it was. */
  outage(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Called once per suite; every test uses a service of its own. */
export type RegistrySetup = () => Promise<RegistryHarness>;

/** What the tests of one suite work on. */
export interface RegistrySuite {
  /** The registry that all of them share. */
  registry(): RegistryHarness;
  /** The service of the test that runs: no other uses it. */
  service(): string;
  /** Follows an iteration until the end of the test that runs. */
  watching<T>(watch: (signal: AbortSignal) => AsyncIterable<T>): Follower<T>;
}

/** Called once in a `describe`: its hooks start the registry, and take away what a test leaves behind. */
export function withRegistry(setup: RegistrySetup): RegistrySuite {
  const followers: Follower<unknown>[] = [];
  let registry: RegistryHarness | undefined;
  let service = '';
  before(async () => {
    registry = await setup();
  });
  beforeEach(() => {
    service = newService();
  });
  afterEach(async () => {
    for (const follower of followers.splice(0)) await follower.stop();
  });
  after(() => registry?.close());
  return {
    registry() {
      if (registry === undefined) throw new Error('the registry is not there before the first hook');
      return registry;
    },
    service: () => service,
    watching(watch) {
      const follower = follow(watch);
      followers.push(follower);
      return follower;
    },
  };
}

/** What a harness uses when a test names no policy. */
export const CONTRACT_POLICY: AddressPolicy = addressPolicy(['127.0.0.0/8', '10.0.0.0/8'], []);

/** A TTL that does not run out during a test, however long it takes. */
export const LONG_TTL_MS = 600_000;

/** A TTL that a test waits out. */
export const SHORT_TTL_MS = 300;

let services = 0;

/** A service name that no other test of this process has used. */
export function newService(): string {
  services += 1;
  return `contract-${process.pid}-${services}`;
}

/** What an agent says of itself; `port` must differ between members of one service. */
export function registration(service: string, id: string, port = 3000, boot = 'boot1'): Registration {
  return { service, id, address: '127.0.0.1', port, weight: 1, role: 'backend', boot, tags: { zone: 'a' } };
}
