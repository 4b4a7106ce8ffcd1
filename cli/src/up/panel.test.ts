import { strict as assert } from 'node:assert';
import { plainPaint } from '../terminal.js';
import { type PanelFacts, panelLines } from './panel.js';

function wish(port: number, explicit = false) {
  return { what: 'port', flag: '--port', port, explicit };
}

const FACTS: PanelFacts = {
  ports: { public: 8080, stats: 8404, api: 7380 },
  wishes: { public: wish(8080), stats: wish(8404), api: wish(7380) },
  label: 'HAProxy',
  balancer: { id: 'one', name: 'haproxy', version: '3.2.1', workers: 1 },
  registry: 'file registry',
  runDir: '/run/muster',
  state: {
    service: 'webapp',
    wanted: 2,
    log: '/run/muster/log',
    members: [
      { id: 'webapp-1', port: 3001, agentPid: 10, appPid: 11 },
      { id: 'webapp-2', port: 3002, agentPid: 20, appPid: 21 },
    ],
  },
};

describe('the panel', () => {
  it('shows the addresses, what runs, the members with both pids, and commands that can be pasted', () => {
    const text = panelLines(FACTS, plainPaint).join('\n');
    for (const part of ['http://127.0.0.1:8080/', 'http://127.0.0.1:8404/', 'http://127.0.0.1:7380/v1/status'])
      assert.ok(text.includes(part), part);
    assert.match(text, /^ {2}runs {4}HAProxy 3\.2\.1, 2 × webapp, file registry$/m);
    assert.match(text, /webapp-2 .*127\.0\.0\.1:3002 .*20 .*21/);
    assert.match(text, /^ {2}kill -9 21 +kills webapp-2's app/m);
    assert.match(text, /^ {2}npx muster scale 8 /m);
    assert.doesNotMatch(text, /instead of|was not used/);
  });

  it('fits into 80 columns', () => {
    const state = { ...FACTS.state, members: [{ id: 'webapp-1', port: 30001, agentPid: 4194303, appPid: 4194304 }] };
    const wide = panelLines({ ...FACTS, state }, plainPaint).filter((line) => line.length > 80);
    assert.deepEqual(wide, []);
  });

  it('says which default ports were not free, and names the API in the commands', () => {
    const text = panelLines({ ...FACTS, ports: { public: 8081, stats: 8405, api: 7381 } }, plainPaint).join('\n');
    assert.match(text, /Port 8080 was not used, something else has it: this cluster serves on 8081/);
    assert.match(text, /^ {2}MUSTER_API=127\.0\.0\.1:7381 npx muster drain webapp-2 /m);
  });

  it('says nothing of a default where the user named the port', () => {
    const ports = { public: 9080, stats: 9404, api: 9380 };
    const wishes = { public: wish(9080, true), stats: wish(9404, true), api: wish(9380, true) };
    assert.doesNotMatch(panelLines({ ...FACTS, ports, wishes }, plainPaint).join('\n'), /instead of|was not used/);
  });

  it('shows a cluster without members', () => {
    const text = panelLines({ ...FACTS, state: { ...FACTS.state, members: [] } }, plainPaint).join('\n');
    assert.match(text, /no members yet/);
    assert.doesNotMatch(text, /kill -9|muster drain/);
  });
});
