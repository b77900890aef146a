import { createCipheriv } from 'node:crypto';
import { crcOf } from '../../src/domain/factor/yubikey.ts';

export const KEY = 'ecde18dbe76fbd0c33330f1c354871db';
export const UID = '8792ebfe26cc';
export const PUBLIC = 'vvgutbiedkvi';
const MODHEX = 'cbdefghijklnrtuv';

/** What the YubiKey types when it is touched for the nth time since it was plugged in for the nth time. */
export function touch(uses: number, touches: number, publicId = PUBLIC): string {
  const plain = Buffer.alloc(16);
  Buffer.from(UID, 'hex').copy(plain);
  plain.writeUInt16LE(uses, 6);
  plain.writeUInt8(touches, 11);
  plain.writeUInt16LE(~crcOf(plain.subarray(0, 14)) & 0xffff, 14);
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(KEY, 'hex'), null).setAutoPadding(false);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]).toString('hex');
  return publicId + [...sealed].map((digit) => MODHEX[Number.parseInt(digit, 16)]).join('');
}
