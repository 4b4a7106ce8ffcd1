import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiMember } from '../api-schema.js';
import { readKeyFile, writeKeyFile } from './key-file.js';
import { weightsInService } from './known.js';
import * as parse from './options.js';
import { parseStrategy, strategyOf } from './strategy.js';
import { findTarget } from './target.js';

describe('options of muster probe', () => {
  it('take what is meant', () => {
    assert.equal(parse.timeoutOption('0.5'), 0.5);
    assert.equal(parse.methodOption('post'), 'POST');
    assert.deepEqual(parse.headerOption('X-User: u{client}', [['a', 'b']]), [
      ['a', 'b'],
      ['x-user', 'u{client}'],
    ]);
    assert.deepEqual(
      [...parse.weightsOption('a=1,b=2.5')],
      [
        ['a', 1],
        ['b', 2.5],
      ],
    );
    assert.equal(parse.fromOption('127.0.1.{client}'), '127.0.1.{client}');
    assert.equal(parse.expectOption('header:X-User'), 'header:X-User');
  });

  const refused: readonly (readonly [string, () => unknown])[] = [
    ['no requests', () => parse.requestsOption('0')],
    ['too many clients', () => parse.clientsOption('1001')],
    ['a header without a name', () => parse.headerOption(': x', [])],
    ['a header of two lines', () => parse.headerOption('a: x\r\nb: y', [])],
    ['a path elsewhere', () => parse.pathOption('//evil.example/')],
    ['a name as the local address', () => parse.fromOption('localhost')],
    ['a timeout of nothing', () => parse.timeoutOption('0')],
    ['a weight twice', () => parse.weightsOption('a=1,a=2')],
    ['weights of nothing', () => parse.weightsOption('a=0')],
    ['a strategy that nobody has', () => parse.expectOption('fair')],
  ];
  for (const [what, call] of refused)
    it(`refuse ${what}`, () => assert.throws(call, { code: 'commander.invalidArgument' }));
});

describe('the strategy that is expected', () => {
  it('is what the balancer runs, and its cookie for clients that keep cookies', () => {
    assert.equal(strategyOf('leastconn', '', true), 'leastconn');
    assert.equal(strategyOf('leastconn', 'LB', true), 'sticky');
    assert.equal(strategyOf('leastconn', 'LB', false), 'leastconn');
  });

  it('is any where the watcher says something that this command does not know', () => {
    assert.equal(strategyOf('quantum', '', false), 'any');
    assert.equal(parseStrategy('header:'), null);
  });
});

describe('expected shares', () => {
  const server = { admin: 'ready', health: 'up', weight: 64, inFlight: 0 } as const;
  const member = (id: string, running: ApiMember['server']) => ({ id, weight: 1, server: running }) as ApiMember;

  it('go by the weights of the balancer, for servers that get requests', () => {
    const all = [
      member('a', server),
      member('b', { ...server, health: 'unknown' }),
      member('down', { ...server, health: 'down' }),
      member('drain', { ...server, admin: 'drain' }),
      member('none', null),
    ];
    assert.deepEqual(
      [...weightsInService(all)],
      [
        ['a', 64],
        ['b', 64],
      ],
    );
  });
});

describe('where requests go', () => {
  const env = { XDG_RUNTIME_DIR: tmpdir(), PATH: '' };

  it('asks no watcher about a URL that is not its own', async () => {
    const { url, api } = await findTarget('example.test:81/x', undefined, env);
    assert.deepEqual([url.href, api], ['http://example.test:81/x', null]);
  });

  it('asks the watcher that was named', async () => {
    const { api } = await findTarget('http://example.test/', '127.0.0.1:1234', env);
    assert.equal(api?.url, 'http://127.0.0.1:1234');
  });

  it('guesses no URL for a watcher on another machine', async () => {
    await assert.rejects(findTarget(undefined, '10.1.2.3:7380', env), /where the balancer of 10\.1\.2\.3:7380 listens/);
  });

  it('refuses what is no URL of HTTP', async () => {
    await assert.rejects(
      findTarget('ftp://x', undefined, env),
      /cannot send requests to ftp:\/\/x: give a URL such as/,
    );
  });
});

describe('the file of keys', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read as it was written, sorted', () => {
    const path = join(folder, 'keys.json');
    writeKeyFile(path, { strategy: 'uri', members: { b: 1, a: 2 }, keys: { '/2': 'a', '/1': 'b' } });
    assert.deepEqual(readKeyFile(path), { strategy: 'uri', members: { a: 2, b: 1 }, keys: { '/1': 'b', '/2': 'a' } });
    assert.ok(readFileSync(path, 'utf8').indexOf('/1') < readFileSync(path, 'utf8').indexOf('/2'));
  });

  it('is refused with its name when it is missing or something else', () => {
    assert.throws(() => readKeyFile(join(folder, 'none')), /cannot compare with .*none: ENOENT/);
    writeFileSync(join(folder, 'other'), '{"a":1}');
    assert.throws(() => readKeyFile(join(folder, 'other')), /other: it was not written by --keys/);
    assert.throws(
      () => writeKeyFile(join(folder, 'no/where'), { strategy: 'uri', members: {}, keys: {} }),
      /cannot write the keys to .*no\/where: ENOENT/,
    );
  });
});
