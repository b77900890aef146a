import { septetsOf } from './gsm7.ts';
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

// A message holds 140 octets; the header that joins the parts of a long one takes 6 of them from each.
export const ROOM = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const;

/**
 * How a text goes out by SMS. `plain` is always GSM-7 and loses what that cannot say, `unicode` is always
 * UCS-2, `auto` is GSM-7 where nothing is lost by it.
 */
export function countSegments(text: string, datacoding: Datacoding): Segments {
  const characters = [...text]; // whole code points: a surrogate pair is never split over two parts
  if (datacoding === 'unicode') return count('ucs2', characters, []);
  const lost = [...new Set(characters.filter((character) => septetsOf(character) === null))];
  return datacoding === 'auto' && lost.length > 0
    ? count('ucs2', characters, [])
    : count('gsm7', characters, lost);
}

function count(encoding: Encoding, characters: readonly string[], lost: readonly string[]): Segments {
  const widths = characters.map((each) => (encoding === 'ucs2' ? each.length : (septetsOf(each) ?? 1)));
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

/**
 * The parts in which a text goes out, each character whole; `widthOf` tells how many units a character takes. A text
 * of at most `single` units stays in one.
 */
export function splitText(
  text: string,
  room: { readonly single: number; readonly part: number },
  widthOf: (character: string) => number,
): readonly string[] {
  const characters = [...text];
  const widths = characters.map(widthOf);
  if (widths.reduce((sum, width) => sum + width, 0) <= room.single) return [text];
  const parts: string[] = [];
  let part = '';
  let used = 0;
  for (const [index, character] of characters.entries()) {
    const width = widths[index] ?? 1;
    if (used + width > room.part) {
      parts.push(part);
      part = '';
      used = 0;
    }
    part += character;
    used += width;
  }
  return [...parts, part];
}
