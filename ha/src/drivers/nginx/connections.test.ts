import { strict as assert } from 'node:assert';
import { connect, createServer } from 'node:net';
import { connectionsOf, kernelEndpoint, portOf } from './connections.js';

describe('connections of a process', () => {
  it("are found by the kernel's own words for addresses", () => {
    // /proc/net/tcp and tcp6 of a Linux machine.
    assert.equal(kernelEndpoint('127.0.0.1', 3000), '0100007F:0BB8');
    assert.equal(kernelEndpoint('10.1.2.3', 80), '0302010A:0050');
    assert.equal(kernelEndpoint('::1', 443), '00000000000000000000000001000000:01BB');
    assert.equal(kernelEndpoint('fd00::1', 80), '000000FD000000000000000001000000:0050');
    assert.equal(kernelEndpoint('2001:db8:1:2:3:4:5:6', 1), 'B80D0120020001000400030006000500:0001');
    assert.equal(portOf('0100007F:0BB8'), 3000);
  });

  for (const address of ['127.0.0.1', '::1']) {
    it(`are told from both ends, on ${address}`, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, address, resolve));
      const { port } = server.address() as { port: number };
      const socket = connect(port, address);
      await new Promise((resolve) => server.once('connection', resolve));
      try {
        const mine = (await connectionsOf([process.pid])).get(process.pid) ?? [];
        const endpoint = kernelEndpoint(address, port);
        assert.equal(mine.filter(({ remote }) => remote === endpoint).length, 1);
        assert.equal(mine.filter(({ local }) => local === endpoint).length, 1);
      } finally {
        socket.destroy();
        server.close();
      }
    });
  }

  it('are none for a process that is gone', async () => {
    assert.deepEqual((await connectionsOf([2 ** 22 + 1])).get(2 ** 22 + 1), []);
  });
});
