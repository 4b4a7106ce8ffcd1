import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@muster/membership';
import { PATIENCE_MS } from '../../../../test/support/eventually.js';
import { parseRevision } from './answers.js';
import { masterSocket } from './master-socket.js';
import { runtimeClient } from './runtime-client.js';

const logger = createLogger('test', 'silent');
const never = () => new AbortController().signal;

/** A HAProxy's interactive mode: a prompt after `prompt`, and after every reply. */
function promptly(reply: (command: string) => string): (socket: Socket) => void {
  return (socket) => {
    let rest = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'quit') socket.end();
        else socket.write(line === 'prompt' ? '\n> ' : `${reply(line)}\n\n> `);
      }
    });
  };
}

describe('runtime client', () => {
  let dir: string;
  let path: string;
  let server: Server | null = null;
  /** Whether the server closes its side when the client has. */
  let ends = true;
  const sockets = new Set<Socket>();

  beforeEach(() => {
    ends = true;
    dir = mkdtempSync(join(tmpdir(), 'muster-socket-'));
    path = join(dir, 's.sock');
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    server = null;
    rmSync(dir, { recursive: true, force: true });
  });

  async function serve(talk: (socket: Socket) => void): Promise<void> {
    server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('end', () => ends && socket.end());
      sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
      talk(socket);
    });
    await new Promise<void>((resolve) => server?.listen(path, () => resolve()));
  }

  const client = (timeoutMs = PATIENCE_MS) => runtimeClient({ path, timeoutMs, logger });

  it('gives one trimmed reply per command, in order, over many batches', async () => {
    await serve(promptly((command) => `re: ${command}`));
    const commands = Array.from({ length: 37 }, (_, at) => `command ${at}`);
    assert.deepEqual(
      await client().ask(commands, never()),
      commands.map((command) => `re: ${command}`),
    );
  });

  it('gives nothing for no command', async () => {
    await serve(promptly(() => 'x'));
    assert.deepEqual(await client().ask([], never()), []);
  });

  it('takes an empty reply for a reply', async () => {
    await serve(promptly((command) => (command === 'b' ? 'B' : '')));
    assert.deepEqual(await client().ask(['a', 'b', 'c'], never()), ['', 'B', '']);
  });

  it('waits for replies that come in pieces', async () => {
    await serve((socket) => {
      socket.write('\n> ');
      for (const [at, piece] of ['he', 'llo\n', 'world\n\n', '>', ' '].entries())
        setTimeout(() => socket.write(piece), at * 2);
    });
    assert.deepEqual(await client().ask(['x'], never()), ['hello\nworld']);
  });

  for (const [what, text] of [
    ['before any answer', ''],
    ['in the middle of an answer', '\n> first\n\n> seco'],
    ['before the prompt that ends the last answer', '\n> first\n\n> second\n'],
  ] as const) {
    it(`rejects when HAProxy hangs up ${what}`, async () => {
      await serve((socket) => socket.end(text));
      await assert.rejects(client().ask(['a', 'b'], never()), { code: 'balancer-unreachable', retryable: true });
    });
  }

  it('rejects when no answer comes in time', async () => {
    await serve(() => undefined);
    await assert.rejects(client(30).ask(['a'], never()), { code: 'balancer-unreachable', message: /within 30 ms/ });
  });

  it('rejects when only some answers come in time', async () => {
    await serve((socket) => socket.write('\n> first\n\n> '));
    await assert.rejects(client(30).ask(['a', 'b'], never()), { code: 'balancer-unreachable' });
  });

  it('rejects when nothing listens', async () => {
    await assert.rejects(client().ask(['a'], never()), { code: 'balancer-unreachable', message: new RegExp(path) });
  });

  it('rejects when it is aborted, before or meanwhile', async () => {
    await serve(() => undefined);
    await assert.rejects(client().ask(['a'], AbortSignal.abort()), { code: 'balancer-unreachable' });
    const abort = new AbortController();
    const asked = client().ask(['a'], abort.signal);
    abort.abort();
    await assert.rejects(asked, { code: 'balancer-unreachable', message: /aborted/ });
  });

  it('closes its connection after every call', async () => {
    await serve(promptly(() => ''));
    await client().ask(['a'], never());
    await new Promise<void>((resolve, reject) => server?.close((error) => (error ? reject(error) : resolve())));
    server = null;
  });

  it('half-closes towards the master and gives its whole answer', async () => {
    ends = false;
    await serve((socket) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      socket.on('end', () => socket.end(`got ${text}`));
    });
    assert.equal(await masterSocket(path, logger).ask('reload', PATIENCE_MS, never()), 'got reload');
  });

  it('rejects when the master does not answer in time', async () => {
    ends = false;
    await serve((socket) => socket.resume());
    await assert.rejects(masterSocket(path, logger).ask('reload', 30, never()), { code: 'balancer-unreachable' });
  });
});

describe('revision of a worker', () => {
  it('is read from its answer, and null when it has none', () => {
    assert.equal(parseRevision('proc.muster_revision: type=str value=<0123456789abcdef>'), '0123456789abcdef');
    assert.equal(parseRevision('Variable not found.'), null);
    assert.equal(parseRevision(''), null);
  });
});
