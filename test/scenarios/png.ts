import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const RGB = 2;
const PALETTE = 3;
/** Bits of each channel that tell colours apart. */
const KEPT_BITS = 4;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/**
 * The same picture with at most 256 colours, a third of the size: the grey edges of letters are most of a screenshot, and
 * nobody sees how many greys they have. Made for Chromium's screenshots: 8 bits, RGB, not interlaced.
 */
export function fewerColours(png: Buffer): Buffer {
  const chunks = readChunks(png);
  const header = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (header?.[8] !== 8 || header[9] !== RGB || header[12] !== 0) return png;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const pixels = unfilter(inflateSync(packed), width * 3, height);
  const coloured = toPalette(pixels);
  if (coloured === null) return png;
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) coloured.indexes.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
  const newHeader = Buffer.from(header);
  newHeader[9] = PALETTE;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', newHeader),
    chunk('PLTE', coloured.palette),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function readChunks(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Undoes the five filters of PNG: each byte was stored as its difference from a guess. */
function unfilter(lines: Buffer, rowBytes: number, height: number): Buffer {
  const pixels = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    const filter = lines[y * (rowBytes + 1)];
    for (let x = 0; x < rowBytes; x += 1) {
      const at = y * rowBytes + x;
      const left = x < 3 ? 0 : (pixels[at - 3] ?? 0);
      const up = y < 1 ? 0 : (pixels[at - rowBytes] ?? 0);
      const corner = x < 3 || y < 1 ? 0 : (pixels[at - rowBytes - 3] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      pixels[at] = (lines[y * (rowBytes + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** One colour for all that look alike: the most frequent of them, so that plain areas keep theirs. Null: still too many. */
function toPalette(pixels: Buffer): { readonly palette: Buffer; readonly indexes: Buffer } | null {
  const counts = new Map<number, number>();
  const count = pixels.length / 3;
  for (let i = 0; i < count; i += 1) {
    const colour = pixels.readUIntBE(i * 3, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = new Map<number, number>();
  const byFrequency = [...counts].sort(([a, countA], [b, countB]) => countB - countA || a - b);
  const palette: number[] = [];
  const indexOf = new Map<number, number>();
  for (const [colour] of byFrequency) {
    const kind = alike(colour);
    if (!colours.has(kind)) colours.set(kind, palette.push(colour) - 1);
    indexOf.set(colour, colours.get(kind) ?? 0);
  }
  if (palette.length > 256) return null;
  const indexes = Buffer.alloc(count);
  for (let i = 0; i < count; i += 1) indexes[i] = indexOf.get(pixels.readUIntBE(i * 3, 3)) ?? 0;
  return {
    palette: Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255])),
    indexes,
  };
}

function alike(colour: number): number {
  const mask = (0xff << (8 - KEPT_BITS)) & 0xff;
  return colour & ((mask << 16) | (mask << 8) | mask);
}
