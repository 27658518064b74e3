import QRCode from 'qrcode';

/** Width and height of the picture of a ticket code: 25 modules and a margin of 4 on each side, 6 pixels each. */
export const QR_SIZE_PX = 198;
const PIXELS_PER_MODULE = 6;

/** The PNG of a ticket's code; it says the same as `GET /tickets/{code}/qr.svg`. */
export function qrPng(code: string): Promise<Buffer> {
  return QRCode.toBuffer(code, { type: 'png', errorCorrectionLevel: 'M', margin: 4, scale: PIXELS_PER_MODULE });
}
