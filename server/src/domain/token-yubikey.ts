import { fromModhex } from './factor/yubikey.ts';
import { gather, type TokenFile } from './token.ts';

const MOST_LINES = 2_000;

/**
 * Reads the log of Yubico's personalisation tool: lines of `Yubico OTP, date, slot, public identity (modhex),
 * private identity (hexadecimal), key (hexadecimal), …`. Other lines are refused, so that no key is passed over.
 */
export function readYubikeyLog(text: string): TokenFile {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > MOST_LINES) return { problems: [`the file has more than ${MOST_LINES} lines`] };
  const told = lines
    .map((line, i) => ({ place: `line ${i + 1}`, fields: line.split(',').map((field) => field.trim()) }))
    .filter(({ fields }) => fields.join('') !== '' && fields[0] !== 'LOGGING START');
  return gather(told.map(({ place, fields }) => ({ place, facts: factsOf(fields) })));
}

function factsOf([type = '', , , publicId = '', privateId = '', key = '']: readonly string[]) {
  const isOtp = type.toLowerCase() === 'yubico otp' && fromModhex(publicId.toLowerCase()) !== null;
  const isHex = /^[0-9a-f]{12}$/i.test(privateId) && /^[0-9a-f]{32}$/i.test(key);
  return {
    serial: publicId.toLowerCase(),
    secret: isOtp && isHex ? Buffer.from(key + privateId, 'hex') : null,
    kind: 'yubikey',
  };
}
