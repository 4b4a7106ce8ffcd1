import { strict as assert } from 'node:assert';
import { MusterError } from '@muster/membership';
import { byName, desiredServer, dialectWith, SETTINGS, SITE, SOURCES, STRUCTURE } from '../fixture.test.js';
import type { DesiredServer, DesiredState } from '../plan/desired.js';
import { parseSettings } from '../settings.js';
import { makeStructure, SAMPLE_SERVER, type TemplateSources, withSample } from './structure.js';

const want = (...servers: readonly DesiredServer[]): DesiredState => new Map([['webapp', byName(servers)]]);
const edited = (name: keyof typeof SOURCES, from: string | RegExp, to: string): typeof SOURCES => {
  const text = SOURCES[name].replace(from, to);
  assert.notEqual(text, SOURCES[name], 'the edit changed nothing');
  return { ...SOURCES, [name]: text };
};
const revisionOf = (sources: TemplateSources) => makeStructure(sources, SETTINGS, SITE).revision;
const serverLines = (text: string) => text.split('\n').filter((line) => line.startsWith('  server '));

function refusal(sources: TemplateSources): string {
  try {
    makeStructure(sources, SETTINGS, SITE);
  } catch (error) {
    assert.ok(error instanceof MusterError);
    assert.equal(error.code, 'template-invalid');
    return error.message;
  }
  assert.fail('the template was accepted');
}

describe('structure: servers', () => {
  const servers = [
    desiredServer('a', { weight: 7 }),
    desiredServer('b', { admin: 'drain', weight: 7 }),
    desiredServer('c', { admin: 'maint' }),
    desiredServer('d', { down: true }),
    desiredServer('e', { address: 'fd00::1', port: 81 }),
  ];

  it('puts the same words into the file and after `add server`', () => {
    const lines = serverLines(STRUCTURE.render(want(...servers)));
    for (const [at, server] of servers.entries()) {
      assert.equal(lines[at]?.replace(/ disabled$/, ''), `  server ${STRUCTURE.serverLine(server)}`);
    }
  });

  it('writes a draining server with weight 0, because a reload keeps no other drain', () => {
    const [a, b] = serverLines(STRUCTURE.render(want(...servers)));
    assert.match(a ?? '', / weight 7 /);
    assert.match(b ?? '', / weight 0 /);
  });

  it('writes servers in maintenance, and those that are down, as disabled', () => {
    const disabled = serverLines(STRUCTURE.render(want(...servers))).map((line) => line.endsWith(' disabled'));
    assert.deepEqual(disabled, [false, false, true, true, false]);
  });

  it('writes an IPv6 address in brackets', () => {
    assert.match(STRUCTURE.serverLine(servers[4] ?? assert.fail()), /^e \[fd00::1\]:81 id 10001 /);
  });

  it('is one line per server, on the socket too', () => {
    for (const server of servers) assert.equal(STRUCTURE.serverLine(server).includes('\n'), false);
  });

  it('gives the same bytes for the same servers', () => {
    assert.equal(STRUCTURE.render(want(...servers)), STRUCTURE.render(want(...servers)));
  });

  it('puts a sample into every backend for a check, and leaves the rest alone', () => {
    const services = [...SITE.services, { name: 'api', prefix: '/api' }];
    const sample = withSample(want(...servers), services);
    assert.deepEqual([...(sample.get('api')?.keys() ?? [])], [SAMPLE_SERVER.name]);
    assert.equal(sample.get('webapp')?.size, servers.length + 1);
  });
});

describe('structure: routes', () => {
  const services = [...SITE.services, { name: 'api', prefix: '/api' }];
  const text = makeStructure(SOURCES, SETTINGS, { ...SITE, services }).render(new Map());

  it('sends a prefix to its service, and the rest to the first one', () => {
    assert.match(text, /use_backend api if \{ path \/api \} or \{ path_beg \/api\/ \}/);
    assert.match(text, /default_backend webapp/);
    assert.equal(text.includes('use_backend webapp'), false);
  });

  it('has a backend for every service, also without members', () => {
    assert.deepEqual(
      [...text.matchAll(/^backend (.*)$/gm)].map((match) => match[1]),
      ['webapp', 'api'],
    );
  });
});

describe('structure: revision', () => {
  it('stands in the file, where the worker tells it', () => {
    assert.match(STRUCTURE.revision, /^[0-9a-f]{16}$/);
    assert.ok(STRUCTURE.render(new Map()).includes(`set-var proc.muster_revision str(${STRUCTURE.revision})`));
  });

  it('does not change with the members', () => {
    const proof = `str(${STRUCTURE.revision})`;
    assert.ok(STRUCTURE.render(want(desiredServer('a'))).includes(proof));
    assert.ok(STRUCTURE.render(want(desiredServer('b', { admin: 'maint' }))).includes(proof));
  });

  it('is the same for the same templates, settings and site', () => {
    assert.equal(revisionOf(SOURCES), STRUCTURE.revision);
  });

  it('changes with either template', () => {
    assert.notEqual(revisionOf(edited('haproxy.cfg.hbs', 'timeout queue 5s', 'timeout queue 6s')), STRUCTURE.revision);
    assert.notEqual(revisionOf(edited('server.hbs', 'fall 2', 'fall 3')), STRUCTURE.revision);
  });

  it('changes with an edit that shows on servers in maintenance only', () => {
    const sources = edited('haproxy.cfg.hbs', '{{#if disabled}} disabled', '{{#if disabled}} maxconn 5 disabled');
    assert.notEqual(revisionOf(sources), STRUCTURE.revision);
  });

  it('changes with a setting that the templates use', () => {
    const settings = parseSettings({ TIMEOUT_SERVER: '31s' }, '', '');
    assert.notEqual(makeStructure(SOURCES, settings, SITE).revision, STRUCTURE.revision);
  });

  it('changes with the services, the addresses, and what this HAProxy needs', () => {
    for (const site of [
      { ...SITE, services: [...SITE.services, { name: 'api', prefix: '/api' }] },
      { ...SITE, binds: [':8081'] },
      { ...SITE, dialect: dialectWith({ serverKeywords: ' pool-max-conn -1', lua: [] }) },
    ]) {
      assert.notEqual(makeStructure(SOURCES, SETTINGS, site).revision, STRUCTURE.revision);
    }
  });
});

describe('structure: broken templates', () => {
  it('names template and line of a word that nobody knows', () => {
    const sources = edited('haproxy.cfg.hbs', '{{settings.TIMEOUT_SERVER}}', '{{settings.TIMEOUT_SERVRE}}');
    const line = sources['haproxy.cfg.hbs'].split('\n').findIndex((text) => text.includes('SERVRE')) + 1;
    const message = refusal(sources);
    assert.match(message, /^template haproxy\.cfg\.hbs refused: .*TIMEOUT_SERVRE/);
    assert.ok(message.includes(`${line}:`), message);
  });

  it('names the server template and its line', () => {
    assert.match(
      refusal(edited('server.hbs', '{{server.name}}', '{{server.nmae}}')),
      /^template server\.hbs refused: .*nmae.* 1:/,
    );
  });

  it('names template and line of a syntax fault', () => {
    const sources = edited('haproxy.cfg.hbs', /\{\{\/each\}\}\n {2}default_backend/, '  default_backend');
    assert.match(refusal(sources), /^template haproxy\.cfg\.hbs refused: Parse error on line \d+/);
    assert.match(
      refusal(edited('server.hbs', '{{server.name}}', '{{server.name')),
      /^template server\.hbs refused: Parse error on line 1/,
    );
  });
});
