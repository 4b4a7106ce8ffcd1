import { strict as assert } from 'node:assert';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeCompose } from '../support/docker/compose-suite.js';
import { ROOT } from '../support/docker/project.js';
import { eventually } from '../support/eventually.js';

/** Stands for `ha/settings` and `ha/templates`, which belong to the user of this checkout. */
const folder = mkdtempSync(join(tmpdir(), 'muster-live-'));
const settings = join(folder, 'settings/settings.env');
const template = join(folder, 'templates/haproxy.cfg.hbs');
const override = join(folder, 'override.yml');

mkdirSync(join(folder, 'settings'));
cpSync(join(ROOT, 'ha/templates'), join(folder, 'templates'), { recursive: true });
writeFileSync(
  override,
  `services: {ha: {volumes: ["${folder}/settings:/etc/muster/settings:ro", "${folder}/templates:/etc/muster/templates:ro"]}}\n`,
);
const env = { COMPOSE_FILE: `${join(ROOT, 'docker-compose.yml')}:${override}` };

describeCompose('editing the mounted folders', { webapps: 1, env }, (cluster) => {
  const config = () => cluster().config();

  after(() => rmSync(folder, { recursive: true }));

  it('changes a live setting by one reload', async () => {
    const before = await cluster().reloads();
    writeFileSync(settings, 'BALANCE=leastconn\n');
    await eventually(() => assert.match(config(), /balance leastconn/));
    await eventually(async () => assert.equal(await cluster().reloads(), before + 1));
    assert.equal((await fetch(cluster().url)).status, 200);
  });

  it('refuses a bad setting as a whole, and says why', async () => {
    writeFileSync(settings, 'BALANCE=fastest\nTIMEOUT_SERVER=31s\n');
    await eventually(async () => assert.match((await cluster().api.status()).problem ?? '', /BALANCE/));
    assert.match(config(), /balance leastconn/);
    assert.doesNotMatch(config(), /timeout server 31s/);
    writeFileSync(settings, 'BALANCE=leastconn\n');
    await eventually(async () => assert.equal((await cluster().api.status()).problem, null));
  });

  it('takes an edited template into the running balancer', async () => {
    const text = readFileSync(template, 'utf8');
    const edited = text.replace(
      'frontend public\n',
      'frontend public\n  http-after-response set-header X-Edited yes\n',
    );
    assert.notEqual(edited, text);
    writeFileSync(template, edited);
    await eventually(async () => assert.equal((await fetch(cluster().url)).headers.get('x-edited'), 'yes'));
  });
});
