import { drainBoardContract } from './drain-board.contract.js';
import type { RegistrySetup } from './harness.js';
import { registrarContract } from './registrar.contract.js';
import { sourceContract } from './source.contract.js';
import { weightBoardContract } from './weight-board.contract.js';

/** All contract suites of one registry, each on a registry of its own. */
export function registryContract(name: string, setup: RegistrySetup): void {
  sourceContract(name, setup);
  registrarContract(name, setup);
  drainBoardContract(name, setup);
  weightBoardContract(name, setup);
}
