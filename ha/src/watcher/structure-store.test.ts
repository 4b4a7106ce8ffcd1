import { strict as assert } from 'node:assert';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, PATIENCE_MS } from '../../../test/support/eventually.js';
import { EDITED, SITE, SOURCES, STRUCTURE } from '../fixture.test.js';
import type { StructureFiles } from '../render/load.js';
import type { Structure } from '../render/structure.js';
import { createStructureStore } from './structure-store.js';

describe('structure store', () => {
  let dir: string;
  let files: StructureFiles & { readonly settingsFile: string };
  let end: AbortController;
  let ended: Promise<void>;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'muster-structure-'));
    mkdirSync(join(dir, 'settings'));
    cpSync(new URL('../../templates', import.meta.url), join(dir, 'templates'), { recursive: true });
    const settingsFile = join(dir, 'settings', 'live.env');
    files = { templateDir: join(dir, 'templates'), settingsFile, env: {}, site: SITE };
    end = new AbortController();
    ended = Promise.resolve();
  });
  afterEach(async () => {
    end.abort();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });

  function store(candidate: Structure | null = null) {
    const refused: string[] = [];
    const candidates: number[] = [];
    const structures = createStructureStore({
      ...{ files, accepted: STRUCTURE, candidate, pollMs: null },
      onCandidate: () => void candidates.push(1),
      onRefused: (reason) => void refused.push(reason),
    });
    return { structures, refused, candidates };
  }

  /** Follows the files; an edit before the first look at the folder is none, so it is repeated until it is seen. */
  async function follow(structures: ReturnType<typeof createStructureStore>): Promise<void> {
    ended = structures.run(end.signal);
    await edit('BALANCE=first', () => assert.ok(structures.candidate));
    await edit('', () => assert.equal(structures.candidate, null));
  }

  async function edit(text: string, check: () => void): Promise<void> {
    let edits = 0;
    await eventually(
      () => {
        if (edits++ % 10 === 0) writeFileSync(files.settingsFile, `${text}\n# ${edits}\n`);
        check();
      },
      PATIENCE_MS,
      50,
    );
  }

  it('makes the candidate the accepted one when it is accepted', () => {
    const { structures } = store(EDITED);
    assert.deepEqual([structures.accepted, structures.candidate], [STRUCTURE, EDITED]);
    structures.accept(EDITED);
    assert.deepEqual([structures.accepted, structures.candidate], [EDITED, null]);
  });

  it('leaves the accepted one when a candidate is refused, and says why once', () => {
    const { structures, refused } = store(EDITED);
    structures.refuse('line 3: no');
    assert.deepEqual([structures.accepted, structures.candidate], [STRUCTURE, null]);
    assert.equal(structures.problem, 'line 3: no');
    assert.deepEqual(refused, ['line 3: no']);
  });

  it('finds a candidate in a settings file that is made later, and none when the edit is taken back', async () => {
    const { structures, candidates } = store();
    await follow(structures);
    assert.ok(candidates.length >= 2);
    await edit('BALANCE=leastconn', () => assert.equal(structures.candidate?.revision, EDITED.revision));
    assert.equal(structures.accepted, STRUCTURE);
  });

  it('refuses settings and templates that do not parse, and forgets the fault with the next good edit', async () => {
    const { structures, refused } = store();
    await follow(structures);
    await edit('BALANCE=fastest', () => assert.match(structures.problem ?? '', /live\.env line 1: BALANCE/));
    assert.equal(structures.candidate, null);
    assert.ok(refused.length > 0);
    await edit('BALANCE=leastconn', () => assert.equal(structures.candidate?.revision, EDITED.revision));
    assert.equal(structures.problem, null);
    writeFileSync(join(files.templateDir, 'server.hbs'), '{{#if');
    await eventually(() => assert.match(structures.problem ?? '', /template server\.hbs refused/));
    assert.deepEqual([structures.accepted, structures.candidate], [STRUCTURE, null]);
    writeFileSync(join(files.templateDir, 'server.hbs'), SOURCES['server.hbs']);
    await eventually(() => assert.equal(structures.problem, null));
  });

  it('takes no notice of other files beside the settings file', async () => {
    const { structures, candidates } = store();
    await follow(structures);
    const before = candidates.length;
    writeFileSync(join(dir, 'settings', 'other.env'), 'BALANCE=first\n');
    await edit('BALANCE=leastconn', () => assert.equal(structures.candidate?.revision, EDITED.revision));
    assert.ok(candidates.length > before);
    assert.equal(structures.problem, null);
  });

  it('does not start to follow files when it was stopped before', async () => {
    const { structures } = store();
    const stopped = AbortSignal.abort();
    let over = false;
    ended = structures.run(stopped).then(() => {
      over = true;
    });
    try {
      await eventually(() => assert.ok(over, 'it still follows the files'));
    } finally {
      // Ends it also where it missed that it was stopped: else the test run never ends.
      stopped.dispatchEvent(new Event('abort'));
    }
  });
});
