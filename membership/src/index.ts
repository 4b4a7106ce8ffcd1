export { Agent, type AgentOptions } from './agent/agent.js';
export { type AddressPolicy, addressPolicy, type ForbiddenEndpoint } from './address-policy.js';
export { type RunAgentOptions, runAgent } from './agent/main.js';
export { backoff, jitter, monotonicMs, sleep } from './clock.js';
export type { ConsulOptions } from './consul/client.js';
export { consulDrainBoard } from './consul/drain-board.js';
export { type ConsulRegistrarOptions, consulRegistrar } from './consul/registrar.js';
export { type ConsulSourceOptions, consulSource } from './consul/source.js';
export { withDeadline } from './deadline.js';
export { diff } from './diff.js';
export {
  type Acknowledgement,
  BALANCER_SERVICE,
  type DrainBoard,
  type Intent,
  type LeaveKey,
  SERVICES_TAG,
} from './drain-board.js';
export { type CrossCheck, type Env, type EnvValues, envInt, envList, readEnv } from './env.js';
export { errorMessage, MusterError } from './errors.js';
export type { MemberEvent, MemberEventType } from './event.js';
export { fileDrainBoard } from './file/drain-board.js';
export { type FileRegistrarOptions, fileRegistrar } from './file/registrar.js';
export { type FileSourceOptions, fileSource } from './file/source.js';
export { latest, type Producer } from './latest.js';
export { createLogger, type Logger } from './log.js';
export type { Member, MemberSet, MemberStatus, Registration, Rejection } from './member.js';
export { type MemoryRegistry, type MemoryRegistryOptions, memoryRegistry } from './memory/registry.js';
export { type MemoryStore, memoryStore } from './memory/store.js';
export type { Registrar } from './registrar.js';
export {
  type OpenRegistry,
  openRegistry,
  type RegistryConfig,
  readRegistryConfig,
  registryChecks,
  registryShape,
  toRegistryConfig,
} from './registry-config.js';
export { sameSet } from './same-set.js';
export {
  buildMemberSet,
  type Candidate,
  HEALTH_PATH_PATTERN,
  ID_PATTERN,
  parseMember,
  SERVICE_PATTERN,
} from './schema.js';
export { Secret } from './secret.js';
export type { MembershipSource, SourceObserver } from './source.js';
export { createWake, type Wake } from './wake.js';
