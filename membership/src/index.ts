export { type AddressPolicy, addressPolicy, type ForbiddenEndpoint } from './address-policy.js';
export { Agent } from './agent/agent.js';
export { type HealthRule, judgeResult, NO_VERDICT, type ProbeVerdict } from './agent/health.js';
export { runAgent } from './agent/main.js';
export { isHealthyStatus } from './agent/probe.js';
export { backoff, monotonicMs, sleep } from './clock.js';
export { commonShape, healthPath } from './common-config.js';
export { parseConsulAddress } from './consul/address.js';
export { consulDrainBoard } from './consul/drain-board.js';
export { consulRegistrar } from './consul/registrar.js';
export { consulSource } from './consul/source.js';
export { consulWeightBoard } from './consul/weight-board.js';
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
export { type Env, envInt, envList, readEnv } from './env.js';
export { errorCode, errorMessage, MusterError } from './errors.js';
export type { MemberEvent, MemberEventType } from './event.js';
export { fileDrainBoard } from './file/drain-board.js';
export { fileRegistrar } from './file/registrar.js';
export { fileSource } from './file/source.js';
export { fileWeightBoard } from './file/weight-board.js';
export { createLogger, type Logger } from './log.js';
export type { Member, MemberSet, MemberStatus, Registration } from './member.js';
export { memoryRegistry } from './memory/registry.js';
export { memoryStore } from './memory/store.js';
export { notifyReady } from './notify.js';
export { firstOwnAddress, isHostName, type OwnAddressOptions, ownAddressOf } from './own-address.js';
export type { Registrar } from './registrar.js';
export {
  openRegistry,
  type RegistryConfig,
  readRegistryConfig,
  registryChecks,
  registryShape,
  toRegistryConfig,
} from './registry-config.js';
export { sameSet } from './same-set.js';
export { ID_PATTERN, memberSchema, SERVICE_PATTERN } from './schema.js';
export type { MembershipSource, SourceObserver } from './source.js';
export { createWake, type Wake } from './wake.js';
export { LARGEST_WEIGHT, type WeightBoard, weightSchema } from './weight-board.js';
