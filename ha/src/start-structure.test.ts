import { strict as assert } from 'node:assert';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@muster/membership';
import { SETTINGS, SITE, SOURCES, STRUCTURE } from './fixture.test.js';
import { startStructure } from './start-structure.js';
import type { LastGood } from './state/last-good.js';

const logger = createLogger('test', 'silent');
const keeping = (structure: LastGood['structure']): LastGood => ({ services: new Map(), structure });
const KEPT = keeping({ sources: SOURCES, settings: SETTINGS });

describe('start structure', () => {
  let templateDir: string;

  beforeEach(() => {
    templateDir = mkdtempSync(join(tmpdir(), 'muster-start-'));
    cpSync(new URL('../templates', import.meta.url), templateDir, { recursive: true });
  });
  afterEach(() => rmSync(templateDir, { recursive: true, force: true }));

  const start = (lastGood: LastGood | null, env: Readonly<Record<string, string>> = {}) =>
    startStructure({ templateDir, settingsFile: null, env, site: SITE }, lastGood, logger);
  const breakTemplate = () => writeFileSync(join(templateDir, 'haproxy.cfg.hbs'), '{{#if');

  it('is the one on disk at the first start', async () => {
    for (const lastGood of [null, keeping(null)]) {
      const { accepted, candidate, fault } = await start(lastGood);
      assert.deepEqual([accepted.revision, candidate, fault], [STRUCTURE.revision, null, null]);
    }
  });

  it('has no candidate when the one on disk was accepted before', async () => {
    const { accepted, candidate, fault } = await start(KEPT);
    assert.deepEqual([accepted.revision, candidate, fault], [STRUCTURE.revision, null, null]);
  });

  it('has the one on disk as a candidate when it is another', async () => {
    const { accepted, candidate, fault } = await start(KEPT, { BALANCE: 'leastconn' });
    assert.deepEqual([accepted.revision, candidate?.settings.BALANCE, fault], [STRUCTURE.revision, 'leastconn', null]);
  });

  it('is the accepted one when the template or the settings are broken, and says why', async () => {
    const wrong = await start(KEPT, { BALANCE: 'fastest' });
    assert.match(wrong.fault ?? '', /BALANCE must be/);
    breakTemplate();
    const { accepted, candidate, fault } = await start(KEPT);
    assert.deepEqual([accepted.revision, candidate], [STRUCTURE.revision, null]);
    assert.match(fault ?? '', /template haproxy\.cfg\.hbs refused/);
  });

  it('is refused when the one on disk is broken and none was accepted before', async () => {
    breakTemplate();
    await assert.rejects(start(null), { code: 'template-invalid' });
    rmSync(join(templateDir, 'haproxy.cfg.hbs'));
    await assert.rejects(start(null), { code: 'template-invalid', message: /reading template/ });
  });

  it('is the one on disk when what was kept is broken', async () => {
    const broken = keeping({ sources: { ...SOURCES, 'server.hbs': '{{#if' }, settings: SETTINGS });
    const { accepted, candidate } = await start(broken);
    assert.deepEqual([accepted.revision, candidate], [STRUCTURE.revision, null]);
    breakTemplate();
    await assert.rejects(start(broken), { code: 'template-invalid' });
  });
});
