import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger, MusterError } from '@muster/membership';
import { eventually, PATIENCE_MS } from '../../../test/support/eventually.js';
import { EDITED, SETTINGS, SITE, SOURCES, STRUCTURE } from '../fixture.test.js';
import { makeStructure, type Structure } from '../render/structure.js';
import { createEnactor } from './enact.js';
import { MemoryBalancer } from './memory-balancer.test.js';
import { createPace } from './pace.js';
import { createReloadGate, MEMBER_RELOADS } from './reload-gate.js';
import { desired } from './run-enactor.test.js';
import { createStructureStore } from './structure-store.js';

const NEVER = new AbortController().signal;
const NEWER = makeStructure(SOURCES, { ...SETTINGS, BALANCE: 'first' }, SITE);

/** A store that follows files on disk, and a way to edit them. */
async function storeWithFiles() {
  const dir = mkdtempSync(join(tmpdir(), 'muster-enact-'));
  const settingsFile = join(dir, 'live.env');
  const templateDir = fileURLToPath(new URL('../../templates', import.meta.url));
  const store = createStructureStore({
    files: { templateDir, settingsFile, env: {}, site: SITE },
    ...{ accepted: STRUCTURE, candidate: EDITED, pollMs: null, onCandidate: () => {}, onRefused: () => {} },
  });
  const end = new AbortController();
  const ended = store.run(end.signal);
  /** An edit before the first look at the folder is none, so it is repeated until it is seen. */
  const edit = async (text: string, expected: Structure) => {
    let edits = 0;
    const look = () => {
      if (edits++ % 10 === 0) writeFileSync(settingsFile, `${text}\n# ${edits}\n`);
      assert.equal(store.candidate?.revision, expected.revision);
    };
    await eventually(look, PATIENCE_MS, 50);
  };
  const stop = async () => {
    end.abort();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  return { store, edit, stop };
}

describe('enactor, while the files are edited during a reload', () => {
  /** The enactor over a store whose candidate the reload finds replaced by `NEWER` at its end. */
  async function editedMeanwhile(outcome: () => void) {
    const balancer = new MemoryBalancer();
    const structures = await storeWithFiles();
    balancer.beforeApply = async ({ reload }) => {
      balancer.beforeApply = () => {};
      if (reload === null) return;
      await structures.edit('BALANCE=first', NEWER);
      outcome();
    };
    const { store } = structures;
    const made = createEnactor({
      ...{
        driver: balancer,
        structures: store,
        gate: createReloadGate({ gapMs: 0, longestGapMs: 0, maxOldWorkers: 4 }),
        memberGate: createReloadGate(MEMBER_RELOADS),
      },
      ...{ pace: createPace(), publish: () => {}, logger: createLogger('test', 'silent') },
    });
    const enact = async () => {
      const running = await balancer.read({ inFlight: true });
      return made.enact(made.plan(desired(), running), running, NEVER);
    };
    return { ...structures, balancer, enact };
  }

  it('accepts what was proved, and keeps the newer edit as the next candidate', async () => {
    const { enact, store, stop } = await editedMeanwhile(() => {});
    try {
      await enact();
      assert.equal(store.accepted.revision, EDITED.revision, 'a structure was accepted that no balancer has proved');
      assert.equal(store.candidate?.revision, NEWER.revision);
    } finally {
      await stop();
    }
  });

  it('refuses what failed, and still tries the newer edit', async () => {
    const { enact, store, stop } = await editedMeanwhile(() => {
      throw new MusterError('config-refused', 'line 1: no');
    });
    try {
      await enact();
      assert.equal(store.accepted.revision, STRUCTURE.revision);
      assert.equal(store.candidate?.revision, NEWER.revision, 'the newer edit was dropped untried');
    } finally {
      await stop();
    }
  });
});
