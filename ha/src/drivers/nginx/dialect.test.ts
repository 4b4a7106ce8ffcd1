import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { byName, desiredServer } from '../../fixture.test.js';
import type { DesiredServer } from '../../plan/desired.js';
import { makeStructure, type Site } from '../../render/structure.js';
import { parseSettings } from '../../settings.js';
import type { Capabilities } from './capabilities.js';
import { nginxDialect } from './dialect.js';

const TEMPLATES = new URL('../../../templates/', import.meta.url);
const SOURCES = {
  'nginx.conf.hbs': readFileSync(new URL('nginx.conf.hbs', TEMPLATES), 'utf8'),
  'nginx-server.hbs': readFileSync(new URL('nginx-server.hbs', TEMPLATES), 'utf8'),
};
const STABLE: Capabilities = {
  version: '1.30.6',
  keepaliveMinTimeout: true,
  sticky: true,
  resolve: true,
  realip: true,
};
const OLD: Capabilities = { ...STABLE, version: '1.22.1', keepaliveMinTimeout: false, sticky: false, resolve: false };

function structure(settings: Record<string, string> = {}, capabilities = STABLE, place: Partial<Site> = {}) {
  const binds = [':80', '127.0.0.1:8080', '[::1]:8080'];
  const [statsBind, runDir, stickyKey] = ['127.0.0.1:8404', '/run/muster', 'key'];
  const dialect = nginxDialect({
    ...{ runDir, binds, statsBind, stickyKey, capabilities },
    controlSocket: '/run/muster/nginx.sock',
    pidFile: '/run/muster/nginx.pid',
  });
  const services = [
    { name: 'webapp', prefix: null },
    { name: 'api', prefix: '/api' },
  ];
  const site = { services, trustedProxies: [], localAddress: null, dialect, ...place };
  return makeStructure(SOURCES, parseSettings(settings, '', ''), site);
}

const render = (servers: readonly DesiredServer[], settings = {}, capabilities = STABLE) =>
  structure(settings, capabilities).render(new Map([['webapp', byName(servers)]]));
const serverLines = (text: string) =>
  text.split('\n').flatMap((line) => /^ {4}server (\S+) (.*);$/.exec(line)?.slice(1, 3).join(' ') ?? []);

describe('nginx.conf', () => {
  const servers = [
    desiredServer('a', { weight: 7 }),
    desiredServer('b', { admin: 'drain', port: 3001 }),
    desiredServer('c', { admin: 'maint', port: 3002 }),
    desiredServer('d', { down: true, port: 3003 }),
    desiredServer('e', { weight: 0, port: 3004 }),
    desiredServer('f', { address: 'fd00::1', port: 81 }),
  ];

  it('has out what drains, is down, in maintenance, or of weight 0', () => {
    const rest = 'max_fails=0';
    assert.deepEqual(serverLines(render(servers)), [
      `10.0.0.1:3000 weight=7 ${rest}`,
      `10.0.0.1:3001 weight=1 ${rest} down`,
      `10.0.0.1:3002 weight=1 ${rest} down`,
      `10.0.0.1:3003 weight=1 ${rest} down`,
      `10.0.0.1:3004 weight=1 ${rest} down`,
      `[fd00::1]:81 weight=1 ${rest}`,
    ]);
  });

  it('lets sticky clients stay on a server that drains, by a name that does not change', () => {
    const lines = serverLines(render(servers, { STICKY_COOKIE: 'lb' }));
    const states = lines.map((line) => /route=[0-9a-f]{16}( .*)?$/.exec(line)?.[1]?.trim() ?? '');
    assert.deepEqual(states, ['', 'drain', 'down', 'down', 'drain', '']);
    assert.equal(new Set(lines.map((line) => /route=(\w+)/.exec(line)?.[1])).size, 6);
    assert.match(render(servers, { BALANCE: 'sticky' }), /sticky cookie MUSTERLB httponly path=\/;/);
  });

  it('says 503 and when to come again where nobody serves, without an upstream', () => {
    for (const nobody of [[], [desiredServer('a', { admin: 'maint' })]]) {
      const text = render(nobody);
      assert.doesNotMatch(text, /upstream webapp|proxy_pass/);
      assert.match(text, /Retry-After 1 always;\s+default_type text\/plain;\s+return 503 "no member of webapp is in/);
    }
  });

  it('has the directive of each strategy', () => {
    const directive = (BALANCE: string) =>
      /zone webapp 66k;\n {4}(.*?;)?\n/.exec(render([desiredServer('a')], { BALANCE }))?.[1];
    assert.match(directive('roundrobin') ?? '', /^server /);
    assert.equal(directive('leastconn'), 'least_conn;');
    assert.equal(directive('random'), 'random two least_conn;');
    const uneven = [desiredServer('a', { weight: 2 }), desiredServer('b', { port: 3001 })];
    assert.match(render(uneven, { BALANCE: 'random' }), /\n {4}random;\n/);
    assert.equal(directive('source'), 'hash $binary_remote_addr consistent;');
    assert.equal(directive('uri'), 'hash $uri consistent;');
    assert.equal(directive('header:X-User-Id'), 'hash $http_x_user_id consistent;');
  });

  it('refuses what this NGINX cannot do, and says what can be done', () => {
    const refused = (settings: Record<string, string>, capabilities: Capabilities, message: RegExp) =>
      assert.throws(() => structure(settings, capabilities), { code: 'settings-invalid', message });
    refused({ BALANCE: 'first' }, STABLE, /BALANCE=first is not in NGINX; choose another, or BALANCER=haproxy/);
    refused({ BALANCE: 'sticky' }, OLD, /need NGINX 1\.29\.6 or later, this is 1\.22\.1/);
    refused({ STICKY_COOKIE: 'lb' }, OLD, /need NGINX 1\.29\.6/);
  });

  it('has backups only beside a local server in service', () => {
    const backups = (patch: Partial<DesiredServer>, settings = {}) => {
      const here = desiredServer('a', { ...patch });
      const place = { localAddress: '10.0.0.1' };
      const there = [
        desiredServer('b', { address: '10.0.0.2' }),
        desiredServer('c', { address: '10.0.0.2', down: true }),
      ];
      const text = structure({ ROUTING: 'local-first', ...settings }, STABLE, place).render(
        new Map([['webapp', byName([here, ...there])]]),
      );
      return serverLines(text).map((line) => line.endsWith(' backup'));
    };
    assert.deepEqual(backups({}), [false, true, true]);
    for (const patch of [
      { admin: 'drain' },
      { admin: 'maint' },
      { down: true },
      { weight: 0 },
      { address: '10.0.0.3' },
    ] as const)
      for (const settings of [{}, { STICKY_COOKIE: 'lb' }])
        assert.deepEqual(backups(patch, settings), [false, false, false], JSON.stringify(patch));
    assert.deepEqual(backups({}, { ROUTING: 'all' }), [false, false, false]);
  });

  it('refuses strategies that know no backups, and only with local-first', () => {
    for (const BALANCE of ['random', 'source', 'uri', 'header:X-User']) {
      assert.throws(() => structure({ ROUTING: 'local-first', BALANCE }, STABLE, { localAddress: '10.0.0.1' }), {
        code: 'settings-invalid',
        message: new RegExp(`not with BALANCE=${BALANCE}; choose another, or BALANCER=haproxy`),
      });
      structure({ BALANCE }, STABLE, { localAddress: '10.0.0.1' });
    }
  });

  it('answers the monitor path by who takes new requests', () => {
    const answer = (patch: Partial<DesiredServer>) =>
      /location = \/healthz \{[^}]*return (\d+)/.exec(
        render([desiredServer('a', patch)], { MONITOR_PATH: '/healthz', STICKY_COOKIE: 'lb' }),
      )?.[1];
    assert.equal(answer({}), '200');
    for (const patch of [{ admin: 'drain' }, { admin: 'maint' }, { down: true }, { weight: 0 }] as const)
      assert.equal(answer(patch), '503', JSON.stringify(patch));
    assert.doesNotMatch(render([desiredServer('a')]), /healthz|in service"/);
  });

  it('believes proxies, and costs nothing without them', () => {
    const trusting = structure({}, STABLE, { trustedProxies: ['10.0.0.0/8', 'fd00::/8'] }).render(new Map());
    assert.match(
      trusting,
      /real_ip_header X-Forwarded-For;\n {4}set_real_ip_from 10.0.0.0\/8;\n {4}set_real_ip_from fd00::\/8;\n/,
    );
    assert.match(
      trusting,
      /geo \$realip_remote_addr \$muster_from_proxy \{\n {4}default 0;\n {4}10.0.0.0\/8 1;\n {4}fd00::\/8 1;\n/,
    );
    assert.match(trusting, /proxy_set_header X-Forwarded-Proto \$muster_forwarded_proto;/);
    assert.doesNotMatch(render([desiredServer('a')]), /real_?ip|geo |forwarded_proto/);
  });

  it('keeps idle clients over a reload where NGINX can', () => {
    assert.match(render([]), /keepalive_min_timeout 5s;/);
    assert.doesNotMatch(render([], {}, OLD), /keepalive_min_timeout/);
  });

  it('listens as HAProxy would, and sends a prefix to its service', () => {
    const text = structure().render(new Map([['api', byName([desiredServer('x')])]]));
    assert.match(text, /listen \*:80;\n\s+listen 127\.0\.0\.1:8080;\n\s+listen \[::1\]:8080;/);
    assert.match(text, /location = \/api \{[^}]*\}?[^}]*proxy_pass http:\/\/api;/s);
    assert.match(text, /location \/api\/ \{/);
  });

  it('changes its revision with the settings, not with the members', () => {
    assert.equal(structure().revision, structure().revision);
    assert.notEqual(structure({ BALANCE: 'leastconn' }).revision, structure().revision);
    assert.notEqual(structure({ CHECK_INTERVAL: '1s' }).revision, structure().revision);
  });
});
