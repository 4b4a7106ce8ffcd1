import { strict as assert } from 'node:assert';
import { checkSurroundings, parseSettings, SETTING_NAMES } from './settings.js';

function refusal(file: string, env: Record<string, string> = {}): string {
  let message = '';
  assert.throws(
    () => parseSettings(env, file, '/etc/muster/live.env'),
    (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'settings-invalid');
      message = error.message;
      return true;
    },
  );
  return message;
}

describe('settings', () => {
  it('have the measured defaults', () => {
    const settings = parseSettings({}, '', '');
    assert.equal(settings.TIMEOUT_CONNECT, '250ms');
    assert.equal(settings.CHECK_INTERVAL, '250ms');
    assert.equal(settings.CHECK_TIMEOUT, '500ms');
    assert.equal(settings.HARD_STOP_AFTER, '20s');
    assert.deepEqual(Object.keys(settings).sort(), [...SETTING_NAMES].sort());
  });

  it('come from the environment, and the file wins over it', () => {
    const env = { BALANCE: 'leastconn', HEALTH_PATH: '/up', PATH: '/bin' };
    const settings = parseSettings(
      env,
      '# comment\n\nBALANCE=random\r\n  TIMEOUT_SERVER = 5s \n'.replace(' = ', '='),
      'f',
    );
    assert.equal(settings.BALANCE, 'random');
    assert.equal(settings.HEALTH_PATH, '/up');
    assert.equal(settings.TIMEOUT_SERVER, '5s');
  });

  it('may turn off the health path, the cookie and the monitor path with an empty value', () => {
    const env = { HEALTH_PATH: '/x', MONITOR_PATH: '/healthz' };
    const settings = parseSettings(env, 'HEALTH_PATH=\nSTICKY_COOKIE=\nMONITOR_PATH=', 'f');
    assert.equal(settings.HEALTH_PATH, '');
    assert.equal(settings.STICKY_COOKIE, '');
    assert.equal(settings.MONITOR_PATH, '');
  });

  it('take a path for the monitor that means one page only', () => {
    const pathOf = (MONITOR_PATH: string) => parseSettings({ MONITOR_PATH }, '', '').MONITOR_PATH;
    for (const path of ['', '/healthz', '/.well-known/up_1~', '/a/b-c']) assert.equal(pathOf(path), path);
    for (const path of ['healthz', '/', '/healthz/', '/a//b', '/a/../b', '/..', '/./a', '/healthz?x=1', '/%68', '/a=b'])
      assert.throws(
        () => pathOf(path),
        { code: 'settings-invalid', message: /MONITOR_PATH must be empty or a path/ },
        path,
      );
  });

  it('are refused where they do not agree with what the balancer was started with', () => {
    const services = [
      { name: 'web', prefix: null },
      { name: 'api', prefix: '/api' },
    ];
    const check = (env: Record<string, string>, localAddress: string | null = null) =>
      checkSurroundings(parseSettings(env, '', ''), { services, localAddress });
    check({});
    check({ ROUTING: 'local-first', MONITOR_PATH: '/api/healthz' }, '10.0.1.7');
    const refused = (message: RegExp) => ({ code: 'settings-invalid', message });
    assert.throws(() => check({ ROUTING: 'local-first' }), refused(/ROUTING=local-first needs LOCAL_ADDRESS/));
    assert.throws(() => check({ MONITOR_PATH: '/api' }), refused(/MONITOR_PATH=\/api is where the service api begins/));
  });

  it('name file and line of what is no setting', () => {
    const message = refusal('BALANCE=random\nnonsense\nSERVICES=x\n');
    assert.match(message, /live\.env line 2: not NAME=value/);
    assert.match(message, /live\.env line 3: SERVICES is not a live setting/);
  });

  it('name file and line of a value that is refused, all at once', () => {
    const message = refusal('# first\nBALANCE=fastest\n\nTIMEOUT_SERVER=30 seconds\nnonsense\n');
    assert.match(message, /live\.env line 2: BALANCE must be roundrobin/);
    assert.match(message, /live\.env line 4: TIMEOUT_SERVER must be a duration/);
    assert.match(message, /live\.env line 5: not NAME=value/);
  });

  it('name a value of the environment that is refused', () => {
    assert.match(refusal('', { BALANCE: 'fastest' }), /BALANCE must be roundrobin/);
  });

  const HOSTILE = [
    'x\nbackend evil',
    'x\r',
    'x y',
    'x"',
    "x'",
    'x\\',
    'x#',
    'x;y',
    'x{y}',
    'x$y',
    'x`y`',
    'x\u2028y',
    'x\0',
    'é',
  ];

  for (const name of SETTING_NAMES) {
    it(`refuse anything in ${name} that could break out of its place`, () => {
      for (const value of HOSTILE) {
        for (const attempt of [value, `/${value}`, `10s${value}`, `roundrobin${value}`, `${value}\n10s`]) {
          assert.throws(
            () => parseSettings({ [name]: attempt }, '', ''),
            { code: 'settings-invalid' },
            JSON.stringify(attempt),
          );
        }
      }
    });
  }

  it('take an empty variable for one that is not set, but refuse an empty line of the file', () => {
    assert.equal(parseSettings({ TIMEOUT_SERVER: '' }, '', '').TIMEOUT_SERVER, '30s');
    assert.throws(() => parseSettings({}, 'TIMEOUT_SERVER=', 's.env'), /s\.env line 1: TIMEOUT_SERVER must be/);
  });

  it('refuse durations that HAProxy would read otherwise, or not at all', () => {
    for (const value of ['0', '0s', '10', '-1s', '1h', '1.5s', '99999999s']) {
      assert.throws(() => parseSettings({ TIMEOUT_SERVER: value }, '', ''), { code: 'settings-invalid' }, value);
    }
  });
});
