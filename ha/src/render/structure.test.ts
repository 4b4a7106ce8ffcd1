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

describe('structure: local first', () => {
  const at = (localAddress: string, settings = {}) =>
    makeStructure(SOURCES, parseSettings({ ROUTING: 'local-first', ...settings }, '', ''), { ...SITE, localAddress });
  const servers = [desiredServer('a'), desiredServer('b', { address: '10.0.0.2' })];

  it('makes backups of the servers that are elsewhere, in the file and on the socket', () => {
    const structure = at('10.0.0.1');
    const [a, b] = serverLines(structure.render(want(...servers)));
    assert.doesNotMatch(a ?? '', / backup/);
    assert.match(b ?? '', / backup$/);
    assert.match(structure.serverLine(servers[1] ?? assert.fail()), / backup$/);
    assert.match(structure.render(want(...servers)), /^ {2}option allbackups$/m);
  });

  it('is another structure at another address, and none at all where all are alike', () => {
    assert.notEqual(at('10.0.0.1').revision, at('10.0.0.2').revision);
    const alike = at('10.0.0.1', { ROUTING: 'all' });
    assert.equal(alike.revision, STRUCTURE.revision);
    assert.equal(alike.render(want(...servers)), STRUCTURE.render(want(...servers)));
    assert.doesNotMatch(STRUCTURE.render(want(...servers)), /backup/);
  });

  it('is another structure with an edit that shows on servers that are no backups only', () => {
    const sources = edited(
      'server.hbs',
      '{{#if server.backup}} backup',
      '{{#unless server.backup}} disabled{{/unless}}{{#if server.backup}} backup',
    );
    const other = makeStructure(sources, at('10.0.0.1').settings, { ...SITE, localAddress: '10.0.0.1' });
    assert.notEqual(other.revision, at('10.0.0.1').revision);
  });

  it('needs to know where local is', () => {
    const settings = parseSettings({ ROUTING: 'local-first' }, '', '');
    assert.throws(() => makeStructure(SOURCES, settings, SITE), {
      code: 'settings-invalid',
      message: /needs LOCAL_ADDRESS/,
    });
  });
});

describe('structure: behind a load balancer', () => {
  const lines = (text: string) => text.split('\n').map((line) => line.trim());
  const order = (text: string, words: readonly string[]) =>
    words.map((word) => lines(text).findIndex((line) => line.startsWith(word)));

  it('believes proxies before `src` becomes the client, and writes the header after it', () => {
    const text = makeStructure(SOURCES, SETTINGS, { ...SITE, trustedProxies: ['10.0.0.0/8', 'fd00::/8'] }).render(
      new Map(),
    );
    assert.deepEqual(
      lines(text).filter((line) => line.startsWith('acl from_proxy')),
      ['acl from_proxy src 10.0.0.0/8', 'acl from_proxy src fd00::/8'],
    );
    const places = order(text, [
      'http-request set-header X-Forwarded-Proto http unless from_proxy',
      'http-request set-src req.hdr_ip(X-Forwarded-For,-1) if from_proxy',
      'http-request set-header X-Forwarded-For %[src]',
    ]);
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.ok(!places.includes(-1), text);
  });

  it('answers the monitor path before anything is done for the application', () => {
    const settings = parseSettings({ MONITOR_PATH: '/healthz' }, '', '');
    const services = [...SITE.services, { name: 'api', prefix: '/api' }];
    const text = makeStructure(SOURCES, settings, { ...SITE, services }).render(new Map());
    const places = order(text, [
      'acl in_service nbsrv(webapp) gt 0',
      'acl in_service nbsrv(api) gt 0',
      'acl monitored path /healthz',
      'http-request return status 200',
      'http-request return status 503',
      'http-request disable-l7-retry',
      'use_backend api',
    ]);
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.ok(!places.includes(-1), text);
  });

  it('costs nothing where neither is set', () => {
    assert.doesNotMatch(STRUCTURE.render(new Map()), /\bacl\b|set-src|http-request return/);
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
      { ...SITE, dialect: dialectWith({ serverKeywords: '', lua: [] }, [':8081']) },
      { ...SITE, dialect: dialectWith({ serverKeywords: ' pool-purge-delay 5s', lua: [] }) },
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
