import { strict as assert } from 'node:assert';
import { MusterError } from '@muster/membership';
import { type FixtureOptions, member, STATUS, startFixture, TOKEN } from './fixture.test.js';

type Fixture = Awaited<ReturnType<typeof startFixture>>;
const AUTHORIZED = { method: 'POST', headers: { Authorization: `Bearer ${TOKEN}` } };

const withBody = (body: string) => ({
  ...AUTHORIZED,
  headers: { ...AUTHORIZED.headers, 'Content-Type': 'application/json' },
  body,
});

describe('the API', () => {
  let fixture: Fixture | undefined;
  const start = async (options?: FixtureOptions) => {
    fixture = await startFixture(options);
    return fixture;
  };
  afterEach(async () => {
    await fixture?.close();
    fixture = undefined;
  });

  it('answers status, members and plan from the view', async () => {
    const { send } = await start();
    assert.deepEqual((await send('/v1/status')).json, STATUS);
    assert.deepEqual((await send('/v1/members')).json, { members: [member('web-1'), member('web-2', 'leaving')] });
    assert.deepEqual((await send('/v1/plan')).json, { text: 'runtime: none; reload: none', steps: [], reload: null });
  });

  it('answers its supervisor without a token: 200 while the loop comes round, else 503', async () => {
    let passes = true;
    const { send } = await start({ view: { passes: () => passes } });
    const alive = await send('/healthz');
    assert.deepEqual([alive.status, alive.json], [200, { status: 'alive' }]);
    passes = false;
    const stuck = await send('/healthz');
    assert.deepEqual([stuck.status, stuck.json], [503, { status: 'stuck' }]);
  });

  it('works with fetch and sends security headers, no x-powered-by and no permission for other origins', async () => {
    const { api } = await start();
    const response = await fetch(`${api.url}/v1/status`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-powered-by'), null);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(response.headers.get('x-frame-options'), 'DENY');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    await response.text();
  });

  it('accepts each action for a known member', async () => {
    const { send, calls } = await start();
    for (const verb of ['drain', 'ready', 'leave']) {
      const { status, json } = await send(`/v1/members/webapp/web-1/${verb}`, AUTHORIZED);
      assert.deepEqual({ status, json }, { status: 202, json: { accepted: true } });
    }
    assert.deepEqual(calls, ['drain webapp web-1', 'ready webapp web-1', 'leave webapp web-1']);
  });

  it('accepts a weight, and null for its own', async () => {
    const { send, calls } = await start();
    for (const weight of [4, 0, null]) {
      const { status, json } = await send('/v1/members/webapp/web-1/weight', withBody(JSON.stringify({ weight })));
      assert.deepEqual({ status, json }, { status: 202, json: { accepted: true } });
    }
    assert.deepEqual(calls, ['weight webapp web-1 4', 'weight webapp web-1 0', 'weight webapp web-1 null']);
  });

  it('refuses what is no weight with what to send, and changes nothing', async () => {
    const { send, calls } = await start();
    for (const body of ['{"weight":257}', '{"weight":-1}', '{"weight":"4"}', '{"weight":1.5}', '{}', '[]', '{"w']) {
      const { status, text } = await send('/v1/members/webapp/web-1/weight', withBody(body));
      assert.equal(status, 400, `${body}: ${text}`);
      assert.match(text, /"bad-request".*(whole number from 0 to 256|body cannot be read)/);
    }
    const form = await send('/v1/members/webapp/web-1/weight', { ...AUTHORIZED, body: 'weight=4' });
    assert.deepEqual([form.status, calls], [400, []]);
    const open = await send('/v1/members/webapp/web-1/weight', { method: 'POST', body: '{"weight":4}' });
    assert.equal(open.status, 401);
    const large = await send('/v1/members/webapp/web-1/weight', withBody(`{"weight":4,"x":"${'x'.repeat(2000)}"}`));
    assert.equal(large.status, 413);
  });

  it('lists the known ids when the member is unknown, and the known services when the service is', async () => {
    const { send, calls } = await start();
    const unknownMember = await send('/v1/members/webapp/web-9/drain', AUTHORIZED);
    assert.equal(unknownMember.status, 404);
    const message = 'no member web-9 in service webapp; known: web-1, web-2';
    assert.deepEqual(unknownMember.json, { error: { code: 'member-unknown', message } });
    const unknownService = await send('/v1/members/api/web-1/drain', AUTHORIZED);
    assert.equal(unknownService.status, 404);
    const error = { code: 'service-unknown', message: 'no service api; known: webapp' };
    assert.deepEqual(unknownService.json, { error });
    assert.deepEqual(calls, []);
  });

  it('cuts a very long list of known ids', async () => {
    const { send } = await start({ members: Array.from({ length: 60 }, (_, index) => member(`m${index}`)) });
    assert.match((await send('/v1/members/webapp/web-9/drain', AUTHORIZED)).text, /m49 and 10 more"/);
  });

  it('refuses ids, services and paths that are not well formed with 400', async () => {
    const { send, calls } = await start();
    const paths = [
      'webapp/a%20b',
      'webapp/a%0Ab',
      'webapp/%3Bquit',
      'Web/web-1',
      `webapp/${'x'.repeat(128)}`,
      'webapp/%E0',
    ];
    for (const path of paths) {
      const { status, json } = await send(`/v1/members/${path}/drain`, AUTHORIZED);
      assert.equal(status, 400, path);
      assert.equal((json as { error: { code: string } }).error.code, 'bad-request');
    }
    assert.deepEqual(calls, []);
  });

  it('answers unknown routes and methods with JSON 404', async () => {
    const { send } = await start();
    for (const path of ['/', '/v2/status', '/v1/members/webapp/web-1/explode']) {
      const { status, json } = await send(path);
      assert.equal(status, 404, path);
      assert.equal((json as { error: { code: string } }).error.code, 'route-unknown');
    }
    assert.equal((await send('/v1/members/webapp/web-1/explode', AUTHORIZED)).status, 404);
    assert.equal((await send('/v1/members/webapp/web-1/drain')).status, 404);
  });

  it('answers 503 while the registry cannot be reached', async () => {
    const refuse = async () => {
      throw new MusterError('registry-unreachable', 'cannot write the intent: Consul does not answer', {
        retryable: true,
      });
    };
    const { send } = await start({ actions: { drain: refuse } });
    const { status, json } = await send('/v1/members/webapp/web-1/drain', AUTHORIZED);
    assert.equal(status, 503);
    const error = { code: 'registry-unreachable', message: 'cannot write the intent: Consul does not answer' };
    assert.deepEqual(json, { error });
  });

  it('answers 503 when the registry does not answer at all', async () => {
    const { send } = await start({ actions: { leave: () => new Promise(() => {}) }, actionDeadlineMs: 10 });
    const { status, json } = await send('/v1/members/webapp/web-1/leave', AUTHORIZED);
    assert.equal(status, 503);
    const message =
      'could not leave member web-1 of service webapp: the registry did not answer within 10 ms; try again';
    assert.deepEqual(json, { error: { code: 'registry-unreachable', message } });
  });

  it('does not tell the client about a fault of its own', async () => {
    const status = () => {
      throw new TypeError('secret detail');
    };
    const { send } = await start({ view: { status } });
    const answer = await send('/v1/status');
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.text, /secret/);
    assert.equal((answer.json as { error: { code: string } }).error.code, 'internal');
  });

  it('gives metrics as text, counted from events and read from the view', async () => {
    const { send, bus } = await start();
    const about = { service: 'webapp', member: null, message: '', detail: {} };
    bus.publish({ type: 'member-rejected', ...about });
    bus.publish({ type: 'config-applied', ...about });
    bus.publish({ type: 'apply-failed', ...about });
    // Twice: reading must not count.
    await send('/metrics');
    const { status, headers, text } = await send('/metrics');
    assert.equal(status, 200);
    assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.deepEqual(samples.sort(), [
      'muster_applies_total{result="applied"} 1',
      'muster_applies_total{result="failed"} 1',
      'muster_applies_total{result="refused"} 0',
      'muster_events_total{type="apply-failed"} 1',
      'muster_events_total{type="config-applied"} 1',
      'muster_events_total{type="member-rejected"} 1',
      'muster_in_sync 1',
      'muster_members{service="webapp",status="alive"} 1',
      'muster_members{service="webapp",status="failed"} 0',
      'muster_members{service="webapp",status="leaving"} 1',
      'muster_registry_reachable 1',
      'muster_rejected_members_total{service="webapp"} 1',
      'muster_reloads_total 2',
    ]);
  });
});
