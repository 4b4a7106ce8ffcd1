import { strict as assert } from 'node:assert';
import { createServer } from 'node:net';
import { freePort } from '../../../test/support/ports.js';
import { bindsOf, newBinds, testBinds } from './binds.js';

const CONFIG = `global
  stats socket /run/muster/haproxy.sock mode 600
frontend a
  bind :80
\tbind 127.0.0.1:8080,[::1]:8080 alpn h2
  bind /run/x.sock
  bind fd@3
  bind *:443 ssl crt /x.pem
  # bind :9999
  default_backend bind:1
frontend b
  bind :80
`;

function listen(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) });
    }),
  );
}

describe('binds', () => {
  it('are every address of a config once, without sockets, descriptors and comments', () => {
    assert.deepEqual(bindsOf(CONFIG), [':80', '127.0.0.1:8080', '[::1]:8080', '*:443']);
  });

  it('are found in the sections of NGINX too, also on a line with others', () => {
    const config =
      'http {\n  server {\n    listen *:80;\n    listen unix:/run/x.sock;\n  }\n  server { listen 127.0.0.1:81; }\n}\n';
    assert.deepEqual(bindsOf(config), ['*:80', '127.0.0.1:81']);
  });

  it('are new when only the next config has them', () => {
    assert.deepEqual(newBinds(CONFIG, CONFIG), []);
    assert.deepEqual(newBinds(CONFIG, CONFIG.replaceAll('bind :80', 'bind :81')), [':81']);
    assert.deepEqual(newBinds('', 'frontend a\n  bind :80\n'), [':80']);
  });

  it('that are free pass, and are free again afterwards', async () => {
    // Not one that was just given back: a client of another process may have it next.
    const port = await freePort();
    await testBinds([`127.0.0.1:${port}`]);
    await testBinds([`127.0.0.1:${port}`]);
  });

  it('that are taken are refused by name', async () => {
    const { port, close } = await listen();
    try {
      await assert.rejects(testBinds([`127.0.0.1:${port}`]), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'bind-refused');
        assert.ok(error.message.includes(`127.0.0.1:${port}`));
        return true;
      });
    } finally {
      await close();
    }
  });

  it('that are not of this machine are refused', async () => {
    await assert.rejects(testBinds(['192.0.2.1:8080']), { code: 'bind-refused' });
  });
});
