import { strict as assert } from 'node:assert';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type Member } from '@muster/membership';
import { readHaConfig } from './config.js';
import { member, memberSet, SETTINGS, SOURCES } from './fixture.test.js';
import { guard } from './guard/guard.js';
import { lastDesired, prepare } from './prepare.js';
import { type LastGood, lastGoodWriter } from './state/last-good.js';

const logger = createLogger('test', 'silent');

/** The last good state of a cluster whose members all passed their checks. */
function lastGood(
  members: readonly Member[],
  draining: readonly string[] = [],
  weights: ReadonlyMap<string, number> = new Map(),
): LastGood {
  const state = guard({
    ...{
      state: null,
      set: memberSet(7, ...members),
      health: () => 'up',
      released: new Set(),
      drained: new Set<string>(),
      nowMs: 0,
    },
    limits: { share: 0.5, windowMs: 1 },
  });
  const services = new Map([['webapp', { guard: state, draining, weights }]]);
  return { services, structure: { sources: SOURCES, settings: SETTINGS } };
}

const MEMBERS = [member('web-1', { port: 3001 }), member('web-2', { port: 3002, weight: 4 })];

describe('last desired', () => {
  const servers = (state: LastGood | null) =>
    [...(lastDesired(state, ['webapp'], null).get('webapp')?.values() ?? [])].map(
      ({ name, admin }) => `${name} ${admin}`,
    );

  it('has a backend without servers for every service that nothing is known of', () => {
    assert.deepEqual(
      lastDesired(null, ['webapp', 'api'], null),
      new Map([
        ['webapp', new Map()],
        ['api', new Map()],
      ]),
    );
    assert.deepEqual(lastDesired(lastGood(MEMBERS), ['api'], null), new Map([['api', new Map()]]));
  });

  it('serves the members of before, and drains those that an operator had drained', () => {
    assert.deepEqual(servers(lastGood(MEMBERS, ['web-2', 'web-9'])), ['web-1 ready', 'web-2 drain']);
  });

  it('gives the weights that an operator had set', () => {
    const servers = lastDesired(lastGood(MEMBERS, [], new Map([['web-1', 9]])), ['webapp'], null).get('webapp');
    assert.deepEqual(
      [...(servers?.values() ?? [])].map(({ weight }) => weight),
      [9, 4],
    );
  });

  it('serves a member that the registry called failed while its check passed', () => {
    assert.deepEqual(servers(lastGood([member('web-1', { status: 'failed' })])), ['web-1 ready']);
  });

  it('sends nothing to a member that had announced its leave', () => {
    const leaving = member('web-2', { port: 3002, status: 'leaving' });
    assert.deepEqual(servers(lastGood([member('web-1', { port: 3001 }), leaving])), ['web-1 ready']);
  });
});

describe('prepare', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'muster-prepare-'));
    cpSync(new URL('../templates', import.meta.url), join(dir, 'templates'), { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** A stand-in for HAProxy that refuses every config with `refused` in it. */
  function configOf(env: Readonly<Record<string, string>> = {}) {
    const binary = join(dir, 'haproxy');
    const check = `if grep -q 'refused' "$3"; then echo "[ALERT] (1) : config : parsing [$3:1] : no" >&2; exit 1; fi`;
    writeFileSync(binary, `#!/bin/sh\n[ "$1" = -vv ] && echo 'HAProxy version 3.2.26' && exit 0\n${check}\n`, {
      mode: 0o755,
    });
    const own = { RUN_DIR: join(dir, 'run'), TEMPLATE_DIR: join(dir, 'templates'), HAPROXY_BIN: binary };
    return readHaConfig({ REGISTRY_DIR: join(dir, 'registry'), ...own, ...env });
  }

  async function keep(state: LastGood): Promise<void> {
    const writer = lastGoodWriter(join(dir, 'run', 'state', 'last-good.json'), logger);
    writer.save(state);
    await writer.settled();
    assert.equal(writer.problem, null);
  }

  const edit = (text: string) => writeFileSync(join(dir, 'templates', 'haproxy.cfg.hbs'), text);
  const written = () => readFileSync(join(dir, 'run', 'haproxy.cfg'), 'utf8');

  it('writes a config without servers at the first start, for its owner only', async () => {
    await prepare(configOf(), {}, logger);
    assert.match(written(), /^backend webapp$/m);
    assert.doesNotMatch(written(), /^ {2}server |muster-sample/m);
    assert.equal(statSync(join(dir, 'run')).mode & 0o777, 0o700);
  });

  it('writes the last good members, drained ones with weight 0', async () => {
    await keep(lastGood(MEMBERS, ['web-2']));
    await prepare(configOf(), {}, logger);
    assert.match(written(), /^ {2}server web-1 10\.0\.0\.1:3001 .*weight 1\b/m);
    assert.match(written(), /^ {2}server web-2 10\.0\.0\.1:3002 .*weight 0\b/m);
  });

  it('writes the structure on disk when it is newer than the accepted one', async () => {
    await keep(lastGood(MEMBERS));
    await prepare(configOf(), { BALANCE: 'leastconn' }, logger);
    assert.match(written(), /balance leastconn/);
  });

  it('falls back to the accepted structure when the template on disk is broken', async () => {
    await keep(lastGood(MEMBERS));
    edit('{{#if');
    await prepare(configOf(), {}, logger);
    assert.match(written(), /^ {2}server web-1 /m);
  });

  it('falls back to the accepted structure when HAProxy refuses that on disk', async () => {
    await keep(lastGood(MEMBERS));
    edit('refused\n');
    await prepare(configOf(), {}, logger);
    assert.match(written(), /^ {2}server web-1 /m);
    assert.doesNotMatch(written(), /refused/);
  });

  it('writes nothing, and says why, when no structure works', async () => {
    edit('refused\n');
    await assert.rejects(prepare(configOf(), {}, logger), { code: 'config-refused', message: /line 1: no/ });
    assert.throws(written, { code: 'ENOENT' });
    edit('{{#if');
    await assert.rejects(prepare(configOf(), {}, logger), { code: 'template-invalid' });
  });

  it('starts without the last good state when that is broken', async () => {
    mkdirSync(join(dir, 'run', 'state'), { recursive: true });
    writeFileSync(join(dir, 'run', 'state', 'last-good.json'), '{');
    await prepare(configOf(), {}, logger);
    assert.doesNotMatch(written(), /^ {2}server /m);
  });

  it('says what to do when there is no HAProxy', async () => {
    const config = configOf({ HAPROXY_BIN: join(dir, 'nowhere') });
    await assert.rejects(prepare(config, {}, logger), { code: 'haproxy-missing', message: /HAPROXY_BIN/ });
  });
});
