const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export type Needle = { readonly what: string; readonly secret: string };
export type Hit = { readonly what: string; readonly form: string; readonly where: string };
type Form = { readonly form: string; readonly bytes: Buffer };

/**
 * The ways in which a secret may lie in bytes: as it is, percent-encoded, as hexadecimal, base64, base64url and
 * base32 (wherever in a longer text it was encoded), and as UTF-16.
 */
export function formsOf(secret: string): readonly Form[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const percent = hex.replace(/../g, '%$&');
  const texts: readonly (readonly [form: string, text: string])[] = [
    ['as it is', secret],
    ['in lower case', secret.toLowerCase()],
    ['in upper case', secret.toUpperCase()],
    ['percent-encoded where needed', encodeURIComponent(secret)],
    ['percent-encoded', percent],
    ['percent-encoded in upper case', percent.toUpperCase()],
    ['hexadecimal', hex],
    ['hexadecimal in upper case', hex.toUpperCase()],
    ...[0, 1, 2].flatMap((before): [string, string][] => {
      const text = aligned(bytes, before, 3, 8, 6, (each) => each.toString('base64').replace(/=+$/, ''));
      return [
        [`base64 after ${before}`, text],
        [`base64url after ${before}`, text.replaceAll('+', '-').replaceAll('/', '_')],
      ];
    }),
    ...[0, 1, 2, 3, 4].map((before): [string, string] => [
      `base32 after ${before}`,
      aligned(bytes, before, 5, 8, 5, base32),
    ]),
  ];
  return [
    ...texts.map(([form, text]) => ({ form, bytes: Buffer.from(text) })),
    { form: 'UTF-16', bytes: Buffer.from(secret, 'utf16le') },
    { form: 'UTF-16, big end first', bytes: Buffer.from(secret, 'utf16le').swap16() },
  ];
}

/** Where in `haystack` a needle lies, in any form. */
export function findNeedles(needles: readonly Needle[], haystack: Buffer, where: string): readonly Hit[] {
  return needles.flatMap(({ what, secret }) =>
    formsOf(secret)
      .filter(({ bytes }) => haystack.includes(bytes))
      .map(({ form }) => ({ what, form, where })),
  );
}

/**
 * The middle of an encoding of `bytes` behind `before` other bytes: the characters that hold nothing but them,
 * so that it is found whatever stands around it.
 */
function aligned(
  bytes: Buffer,
  before: number,
  group: number,
  byteBits: number,
  characterBits: number,
  encode: (bytes: Buffer) => string,
): string {
  const after = (group - ((before + bytes.length) % group)) % group;
  const text = encode(Buffer.concat([Buffer.alloc(before), bytes, Buffer.alloc(after)]));
  const first = Math.ceil((before * byteBits) / characterBits);
  const last = Math.floor(((before + bytes.length) * byteBits) / characterBits);
  return text.slice(first, last);
}

/** RFC 4648, without padding; for whole groups of five bytes. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('');
}
