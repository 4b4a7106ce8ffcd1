import { strict as assert } from 'node:assert';
import { createCookieJar } from './cookie-jar.js';
import { fill } from './fill.js';
import { prepare, type RequestPlan } from './prepare.js';
import { chooseRecogniser, memberOf, parseRecogniser } from './recognise.js';

const PLAN: RequestPlan = {
  url: new URL('http://127.0.0.1:8080/start?a=1'),
  method: 'GET',
  path: null,
  headers: [],
  from: null,
  strategy: 'any',
};

describe('placeholders', () => {
  it('stand for the number of the request, of the client, and for remainders', () => {
    assert.equal(fill('/item/{n}?by={client}', { n: 12, client: 3 }), '/item/12?by=3');
    assert.equal(fill('{n%5}-{client%2}', { n: 12, client: 3 }), '2-1');
  });

  it('leave other braces as they are', () => {
    assert.equal(fill('{}{x}{n%0}{N}', { n: 1, client: 1 }), '{}{x}{n%0}{N}');
  });
});

describe('a request', () => {
  it('goes to the path and with the headers of its number', () => {
    const plan = { ...PLAN, path: '/item/{n}?q=1', headers: [['x-user', 'u{client}']] as const };
    const { url, headers } = prepare(plan, { n: 7, client: 2 });
    assert.deepEqual([url.href, headers], ['http://127.0.0.1:8080/item/7?q=1', { 'x-user': 'u2' }]);
  });

  it('has as its key what the strategy looks at', () => {
    const plan = {
      ...PLAN,
      path: '/item/{n}?q={client}',
      headers: [['x-user', 'u{n}']] as const,
      from: '127.0.1.{client}',
    };
    const keyBy = (strategy: RequestPlan['strategy']) => prepare({ ...plan, strategy }, { n: 7, client: 2 }).key;
    assert.deepEqual((['uri', 'source', 'header:X-User', 'header:X-Other', 'roundrobin'] as const).map(keyBy), [
      '/item/7',
      '127.0.1.2',
      'u7',
      null,
      null,
    ]);
    assert.equal(prepare({ ...PLAN, strategy: 'source' }, { n: 1, client: 2 }).key, 'this machine');
  });
});

describe('the cookie jar of a client', () => {
  it('sends back what it was given last, and forgets what has ended', () => {
    const jar = createCookieJar(() => Date.parse('2026-01-01T00:00:00Z'));
    assert.equal(jar.header(), null);
    jar.store(['a=1; Path=/; HttpOnly', 'b=x=y', 'c=3; Expires=Thu, 01 Jan 2027 00:00:00 GMT']);
    jar.store(['a=2; Max-Age=60']);
    assert.equal(jar.header(), 'a=2; b=x=y; c=3');
    jar.store(['b=; Max-Age=0', 'c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);
    assert.equal(jar.header(), 'a=2');
  });
});

describe('recognising the member of an answer', () => {
  const answer = { headers: { 'x-backend': 'web-1', server: 'x' }, json: { host: 'web-2', id: 7 }, status: 200 };

  it('takes the header of the sample app, else the host of a JSON body', () => {
    assert.equal(memberOf(chooseRecogniser(null, answer), answer), 'web-1');
    const bare = { ...answer, headers: {} };
    assert.equal(memberOf(chooseRecogniser(null, bare), bare), 'web-2');
  });

  it('takes the way that the user named, and no other', () => {
    const asked = parseRecogniser('header:Server');
    assert.equal(memberOf(chooseRecogniser(asked, answer), answer), 'x');
    assert.throws(
      () => chooseRecogniser(parseRecogniser('json:id'), answer),
      /cannot tell which member answered: the answer \(status 200\) has no text field "id" in a JSON body\. .*--by/,
    );
  });

  it('says what it looked for', () => {
    assert.throws(
      () => chooseRecogniser(null, { headers: {}, json: null, status: 503 }),
      /status 503\) has no header x-backend or text field "host".*--by header:NAME or --by json:FIELD/,
    );
    assert.equal(parseRecogniser('cookie:x'), null);
  });
});
