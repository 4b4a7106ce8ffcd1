import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../test/support/eventually.js';

/** As it is built: its source takes a second of a core to load, and a test starts four at once. */
const SCRIPT = fileURLToPath(new URL('../dist/healthcheck.js', import.meta.url));

/** Runs it as a container does; its exit code and what it says. */
function check(url: string): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SCRIPT, url], (_error, said) =>
      resolve({ code: child.exitCode ?? -1, said }),
    );
  });
}

describe('the health check of a container', () => {
  let server: Server;
  let base: string;
  const asked: string[] = [];

  before(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.headers.host} ${request.url}`);
      if (request.url !== '/silent') response.writeHead(Number(request.url?.slice(1, 4)) || 200).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `localhost:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('passes for an answer below 500, under the name that it was given', async () => {
    const url = `http://${base}/404?a=b`;
    // It gives up after two seconds, which a busy machine may take.
    await eventually(async () => assert.deepEqual(await check(url), { code: 0, said: `${url}: healthy\n` }));
    assert.ok(asked.includes(`${base} /404?a=b`));
  });

  it('fails, and says why, for 503, for silence, for nobody, and for what is no address', async () => {
    const expected: readonly (readonly [string, RegExp])[] = [
      [`http://${base}/503`, /\/503 answered 503\n$/],
      [`http://${base}/silent`, /no answer within 2000 ms\n$/],
      ['http://127.0.0.1:1/', /ECONNREFUSED.*\n$/],
      ['ha.admin:7380/healthz', /^usage/],
    ];
    const fails = async (url: string, why: RegExp) => {
      const { code, said } = await check(url);
      assert.equal(code, 1, url);
      assert.match(said, why);
    };
    await Promise.all(expected.map(([url, why]) => eventually(() => fails(url, why))));
  });
});
