import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fileDrainBoard,
  fileRegistrar,
  fileSource,
  fileWeightBoard,
  memoryRegistry,
  memoryStore,
} from '@muster/membership';
import { CONTRACT_POLICY, LONG_TTL_MS, type RegistryHarness } from './harness.js';
import { registryContract } from './registry.contract.js';

registryContract('file', async (): Promise<RegistryHarness> => {
  const dir = await mkdtemp(join(tmpdir(), 'muster-contract-'));
  return {
    source: (policy = CONTRACT_POLICY, observer) => fileSource({ dir, policy, ...(observer ? { observer } : {}) }),
    registrar: (ttlMs = LONG_TTL_MS) => fileRegistrar({ dir, ttlMs }),
    board: () => fileDrainBoard({ dir }),
    weights: () => fileWeightBoard({ dir }),
    async putRaw(service, id, raw) {
      await mkdir(join(dir, 'members', service), { recursive: true });
      await writeFile(join(dir, 'members', service, `${id}.json`), JSON.stringify({ id, ...raw }));
    },
    async putRawWeight(service, id, text) {
      await mkdir(join(dir, 'weight', service), { recursive: true });
      await writeFile(join(dir, 'weight', service, `${id}.json`), `{"weight":${text}}`);
    },
    async outage() {
      await rename(dir, `${dir}-away`);
      return () => rename(`${dir}-away`, dir);
    },
    close: () => rm(dir, { recursive: true }),
  };
});

registryContract('memory', async (): Promise<RegistryHarness> => {
  const store = memoryStore();
  const client = (ttlMs = LONG_TTL_MS) => memoryRegistry({ policy: CONTRACT_POLICY, ttlMs, store });
  return {
    source: (policy = CONTRACT_POLICY, observer) =>
      memoryRegistry({ policy, store, ...(observer ? { observer } : {}) }).source,
    registrar: (ttlMs) => client(ttlMs).registrar,
    board: () => client().board,
    weights: () => client().weights,
    async putRaw(service, id, raw) {
      const plain = { status: 'alive', weight: 1, role: 'backend', boot: '', tags: {} };
      store.put(service, id, { id, ...plain, ...raw });
    },
    async putRawWeight(service, id, text) {
      store.weights.set(`${service}/${id}`, text === '' ? text : JSON.parse(text));
      store.changed();
    },
    async outage() {
      client().faults.fail();
      return async () => client().faults.recover();
    },
    async close() {},
  };
});
