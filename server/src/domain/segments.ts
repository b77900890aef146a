import type { Datacoding } from './message.ts';

type Encoding = 'gsm7' | 'ucs2';
export type Segments = {
  readonly encoding: Encoding;
  /** Length of the text: septets in GSM-7 (an extension character takes two), UTF-16 units in UCS-2. */
  readonly units: number;
  /** What the number of segments in use can hold, in the same units. */
  readonly capacity: number;
  /** Messages that the network carries and bills; at least 1, for an empty text too. */
  readonly segments: number;
  /** The distinct characters that GSM-7 cannot say; each is sent as a question mark. Empty in UCS-2. */
  readonly lost: readonly string[];
};

// GSM 03.38 (3GPP TS 23.038, 6.2.1), in the order of the code points 0x00 to 0x7F. 0x1B is the escape.
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
// The extension table (6.2.1.1): each of these is sent as the escape and a second septet.
const EXTENSION = '\f^{}\\[~]|€';

const SEPTETS: ReadonlyMap<string, 1 | 2> = new Map([
  ...[...BASIC].filter((character) => character !== '\u001b').map((character) => [character, 1] as const),
  ...[...EXTENSION].map((character) => [character, 2] as const),
]);

// A message holds 140 octets; the header that joins the parts of a long one takes 6 of them from each.
const ROOM = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const;

/**
 * How a text goes out by SMS. `plain` is always GSM-7 and loses what that cannot say, `unicode` is always
 * UCS-2, `auto` is GSM-7 where nothing is lost by it.
 */
export function countSegments(text: string, datacoding: Datacoding): Segments {
  const characters = [...text]; // whole code points: a surrogate pair is never split over two parts
  if (datacoding === 'unicode') return count('ucs2', characters, []);
  const lost = [...new Set(characters.filter((character) => !SEPTETS.has(character)))];
  return datacoding === 'auto' && lost.length > 0
    ? count('ucs2', characters, [])
    : count('gsm7', characters, lost);
}

function count(encoding: Encoding, characters: readonly string[], lost: readonly string[]): Segments {
  const widths = characters.map((each) => (encoding === 'ucs2' ? each.length : (SEPTETS.get(each) ?? 1)));
  const units = widths.reduce((sum, width) => sum + width, 0);
  const { single, part } = ROOM[encoding];
  const segments = units <= single ? 1 : countParts(widths, part);
  return { encoding, units, capacity: segments === 1 ? single : segments * part, segments, lost };
}

/** A character that does not fit whole into what is left of a part begins the next one. */
function countParts(widths: readonly number[], part: number): number {
  let parts = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > part) {
      parts += 1;
      used = 0;
    }
    used += width;
  }
  return parts;
}
