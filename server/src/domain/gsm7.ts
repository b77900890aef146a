// GSM 03.38 (3GPP TS 23.038, 6.2.1), in the order of the code points 0x00 to 0x7F. 0x1B is the escape.
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const ESCAPE = 0x1b;
// The extension table (6.2.1.1): each of these is sent as the escape and a second septet.
const EXTENSION: Readonly<Record<string, number>> = {
  ...{ '\f': 0x0a, '^': 0x14, '{': 0x28, '}': 0x29, '\\': 0x2f },
  ...{ '[': 0x3c, '~': 0x3d, ']': 0x3e, '|': 0x40, '€': 0x65 },
};

/** The septets of every character that GSM-7 can say: one, or the escape and another. */
const SEPTETS: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ...[...BASIC].flatMap((character, septet): [string, number[]][] =>
    septet === ESCAPE ? [] : [[character, [septet]]],
  ),
  ...Object.entries(EXTENSION).map(([character, septet]): [string, number[]] => [
    character,
    [ESCAPE, septet],
  ]),
]);
const QUESTION_MARK: readonly number[] = [0x3f];

/** How many septets a character takes; null when GSM-7 cannot say it. */
export const septetsOf = (character: string): number | null => SEPTETS.get(character)?.length ?? null;

/**
 * A text as septets, one to a byte (as SMPP carries them). What GSM-7 cannot say becomes a question mark: one for
 * each code point.
 */
export const encodeGsm7 = (text: string): Uint8Array =>
  Uint8Array.from([...text].flatMap((character) => SEPTETS.get(character) ?? QUESTION_MARK));
