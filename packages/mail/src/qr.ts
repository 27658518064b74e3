import QRCode from 'qrcode';
import { squaresPng } from './png.ts';

const MARGIN_MODULES = 4;
const PIXELS_PER_MODULE = 6;
/** Width and height of the picture of a ticket code: 25 modules and a margin of 4 on each side, 6 pixels each. */
export const QR_SIZE_PX = (25 + 2 * MARGIN_MODULES) * PIXELS_PER_MODULE;

/** The PNG of a ticket's code; it says the same as `GET /tickets/{code}/qr.svg`. */
export function qrPng(code: string): Buffer {
  const { modules } = QRCode.create(code, { errorCorrectionLevel: 'M' });
  const isInside = (position: number) => position >= 0 && position < modules.size;
  return squaresPng(modules.size + 2 * MARGIN_MODULES, PIXELS_PER_MODULE, (x, y) => {
    const [column, row] = [x - MARGIN_MODULES, y - MARGIN_MODULES];
    return isInside(column) && isInside(row) && modules.get(row, column) === 1;
  });
}
