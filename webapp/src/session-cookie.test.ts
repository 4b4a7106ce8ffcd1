import { strict as assert } from 'node:assert';
import { newSession, openSession, sealSession } from './session-cookie.js';

const SECRET = 'the secret of all members';
const NOW = new Date('2030-01-01T00:00:00Z');
const LATER = new Date('2030-01-02T00:00:00Z');

describe('a session cookie', () => {
  it('opens on every member with the same secret', () => {
    const session = { ...newSession(), views: 7 };
    assert.deepEqual(openSession(sealSession(session, SECRET, LATER), SECRET, NOW), session);
  });

  it('stays closed for another secret', () => {
    assert.equal(openSession(sealSession(newSession(), 'another secret', LATER), SECRET, NOW), undefined);
  });

  it('stays closed when any character of it was changed', () => {
    const cookie = sealSession(newSession(), SECRET, LATER);
    // The last character carries unused bits in base64url: leave it alone.
    for (let at = 0; at < cookie.length - 1; at += 1) {
      const changed = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`;
      assert.equal(openSession(changed, SECRET, NOW), undefined, `character ${at}`);
    }
  });

  it('stays closed once it has expired', () => {
    assert.equal(openSession(sealSession(newSession(), SECRET, NOW), SECRET, NOW), undefined);
  });

  it('stays closed when it is not one of ours', () => {
    for (const text of ['', '.', '..', 'a.b', 'a.b.c', 's:lab.signature']) {
      assert.equal(openSession(text, SECRET, NOW), undefined, text);
    }
  });
});
