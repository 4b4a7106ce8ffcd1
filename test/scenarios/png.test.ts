import { strict as assert } from 'node:assert';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { fewerColours } from './png.js';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const WHITE = [255, 255, 255];
const NEARLY_WHITE = [250, 250, 250];
const RED = [255, 0, 0];

describe('a picture with fewer colours', () => {
  it('keeps the most frequent of those that look alike', () => {
    const { palette, rows } = read(
      fewerColours(
        png(3, [
          [0, ...WHITE, ...NEARLY_WHITE, ...WHITE],
          [0, ...RED, ...RED, ...RED],
        ]),
      ),
    );
    assert.deepEqual(palette, [...RED, ...WHITE]);
    assert.deepEqual(rows, [0, 1, 1, 1, 0, 0, 0, 0]);
  });

  for (const [filter, name, row] of [
    [1, 'left', [255, 0, 0, 0, 255, 255]],
    [2, 'up', [0, 1, 1, 0, 0, 0]],
    [3, 'average', [128, 129, 129, 0, 128, 128]],
    [4, 'Paeth', [0, 1, 1, 0, 255, 255]],
  ] as const) {
    it(`understands the filter "${name}"`, () => {
      const { palette, rows } = read(
        fewerColours(
          png(2, [
            [0, ...WHITE, ...WHITE],
            [filter, ...row],
          ]),
        ),
      );
      assert.deepEqual(palette, [...WHITE, ...RED], name);
      assert.deepEqual(rows, [0, 0, 0, 0, 1, 0]);
    });
  }

  it('is the picture itself when it is of another kind', () => {
    const grey = png(1, [[0, 7]], 0);
    assert.equal(fewerColours(grey), grey);
  });
});

function png(width: number, rows: readonly (readonly number[])[], colourType = 2): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.from(rows.flat()));
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Palette and rows of a picture, each row with its filter before it; every sum is checked. */
function read(picture: Buffer): { readonly palette: number[]; readonly rows: number[] } {
  const found = new Map<string, Buffer>();
  for (let at = 8; at < picture.length; ) {
    const end = at + 8 + picture.readUInt32BE(at);
    assert.equal(picture.readUInt32BE(end), crc32(picture.subarray(at + 4, end)));
    found.set(picture.toString('latin1', at + 4, at + 8), picture.subarray(at + 8, end));
    at = end + 4;
  }
  const rows = inflateSync(found.get('IDAT') ?? Buffer.alloc(0));
  return { palette: [...(found.get('PLTE') ?? [])], rows: [...rows] };
}
