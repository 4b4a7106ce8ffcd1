import { strict as assert } from 'node:assert';
import { createServer } from 'node:net';
import { PATIENCE_MS } from '../../../test/support/eventually.js';
import type { ConfigFile } from './config-file.js';
import { replaceConfig } from './replace-config.js';

const signal = () => AbortSignal.timeout(PATIENCE_MS);

interface ChangeTest {
  readonly previous?: string | null;
  readonly text?: string;
  readonly fails?: string;
  readonly undoFails?: boolean;
}

/** A change from `previous` to `text`; `fails` names what rejects, `done` lists what was done, in order. */
function change(options: ChangeTest) {
  const { previous = 'old', text = 'new', fails, undoFails = false } = options;
  const done: string[] = [];
  const step = async (name: string) => {
    done.push(name);
    if (name === fails) throw new Error(`${name} failed`);
  };
  const file: ConfigFile = {
    path: 'balancer.cfg',
    read: async () => previous,
    write: (written) => void done.push(`write ${written}`),
    keep: assert.fail,
    check: (checked) => step(`check ${checked}`),
  };
  const ended = replaceConfig(
    {
      ...{ file, candidate: { text, checked: 'new with a sample' } },
      look: async () => {
        await step('look');
        return 4711;
      },
      load: (before) => step(`load after ${before}`),
      undo: (before) => {
        done.push(`undo to ${before}`);
        if (undoFails) throw new Error('undo failed');
      },
    },
    signal(),
  );
  return { done, ended };
}

describe('replacing the config of a balancer', () => {
  it('checks before it touches anything, and loads what it has written', async () => {
    const { done, ended } = change({});
    await ended;
    assert.deepEqual(done, ['check new with a sample', 'look', 'write new', 'load after 4711']);
  });

  it('changes nothing when the config is refused, or nothing runs', async () => {
    for (const fails of ['check new with a sample', 'look']) {
      const { done, ended } = change({ fails });
      await assert.rejects(ended, { message: `${fails} failed` });
      assert.equal(done.at(-1), fails);
    }
  });

  it('changes nothing when a new address is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = taken.address() as { port: number };
      const { done, ended } = change({ text: `  bind 127.0.0.1:${port}\n` });
      await assert.rejects(ended, { code: 'bind-refused' });
      assert.deepEqual(done, ['check new with a sample']);
    } finally {
      taken.close();
    }
  });

  it('puts the old file back when it cannot be loaded, undoes the rest, and says why', async () => {
    const { done, ended } = change({ fails: 'load after 4711' });
    await assert.rejects(ended, { message: 'load after 4711 failed' });
    assert.deepEqual(done.slice(2), ['write new', 'load after 4711', 'write old', 'undo to 4711']);
  });

  it('says why it was not loaded also when that cannot be undone', async () => {
    const { done, ended } = change({ fails: 'load after 4711', undoFails: true });
    await assert.rejects(ended, { message: 'load after 4711 failed' });
    assert.equal(done.at(-1), 'undo to 4711');
  });

  it('has nothing to put back where no file was', async () => {
    const { done, ended } = change({ previous: null, fails: 'load after 4711' });
    await assert.rejects(ended, { message: 'load after 4711 failed' });
    assert.equal(done.at(-1), 'load after 4711');
  });
});
