import { crc32, deflateSync } from 'node:zlib';

/**
 * A picture of black and white squares, `count` in each direction and `sizePx` wide, as PNG with one bit a pixel
 * (https://www.w3.org/TR/png-3/). Libraries write four bytes a pixel, which takes ten times as long, and made mails the
 * most expensive part of a sale.
 */
export function squaresPng(count: number, sizePx: number, isBlack: (x: number, y: number) => boolean): Buffer {
  const widthPx = count * sizePx;
  const rows: Buffer[] = [];
  for (let y = 0; y < count; y++) {
    // It begins with its filter: 0, none.
    const row = Buffer.alloc(1 + Math.ceil(widthPx / 8));
    for (let px = 0; px < widthPx; px++) {
      const at = 1 + (px >> 3);
      // In greyscale, 1 is white.
      if (!isBlack(Math.floor(px / sizePx), y)) row[at] = (row[at] ?? 0) | (0x80 >> (px & 7));
    }
    for (let repeat = 0; repeat < sizePx; repeat++) rows.push(row);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(widthPx, 0);
  header.writeUInt32BE(widthPx, 4);
  header[8] = 1; // bits a pixel; what follows is 0: greyscale, deflate, the standard's filters, no interlacing
  const data = deflateSync(Buffer.concat(rows));
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND')]);
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, check]);
}
