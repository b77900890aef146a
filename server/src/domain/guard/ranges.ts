import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Why a code is never sent to a number, whoever asks: ranges that cost the sender or that belong to nobody. */
export type NeverReason =
  | 'satellite'
  | 'international'
  | 'premium'
  | 'shared-cost'
  | 'not-for-people'
  | 'unassigned';

/**
 * Country codes that no country has (ITU-T E.164): satellites (870, 881), international networks and trials (878, 882,
 * 883, 888), premium rate (979), freephone and shared cost (800, 808).
 */
const CODES: readonly (readonly [string, NeverReason])[] = [
  ['+870', 'satellite'],
  ['+881', 'satellite'],
  ['+878', 'international'],
  ['+882', 'international'],
  ['+883', 'international'],
  ['+888', 'international'],
  ['+979', 'premium'],
  ['+800', 'not-for-people'],
  ['+808', 'shared-cost'],
];

const TYPES: { readonly [type: string]: NeverReason } = {
  PREMIUM_RATE: 'premium',
  SHARED_COST: 'shared-cost',
  TOLL_FREE: 'not-for-people',
  PAGER: 'not-for-people',
  UAN: 'not-for-people',
  VOICEMAIL: 'not-for-people',
};

/** The same by country code alone, without looking at what kind of number it is. */
export const neverByCode = (number: string): NeverReason | null =>
  CODES.find(([prefix]) => number.startsWith(prefix))?.[1] ?? null;

const LINE_KINDS = ['mobile', 'fixed', 'either', 'voip', 'other'] as const;
/** What a number rings, as far as its range tells; `either` where a country does not tell mobile and fixed apart. */
export type LineKind = (typeof LINE_KINDS)[number];
const RINGS: { readonly [type: string]: LineKind } = {
  ...{ MOBILE: 'mobile', FIXED_LINE: 'fixed', FIXED_LINE_OR_MOBILE: 'either', VOIP: 'voip' },
};
/** What rules on lines count by: what a number rings, and of one that nobody is ever sent a code at, why. */
export const LINES = [
  ...LINE_KINDS,
  ...(['satellite', 'international', 'premium', 'shared-cost', 'not-for-people', 'unassigned'] as const),
] as const satisfies readonly (LineKind | NeverReason)[];
export type Line = (typeof LINES)[number];

type RangeFacts = { readonly never: NeverReason | null; readonly line: LineKind | null };

/** What the range of a number, in E.164, tells: whether a code is never sent to it, and what it rings. */
export function factsOfRange(number: string): RangeFacts {
  const byCode = neverByCode(number);
  if (byCode !== null) return { never: byCode, line: null };
  const known = parsePhoneNumberFromString(number);
  if (known === undefined || !known.isValid()) return { never: 'unassigned', line: null };
  const type = known.getType() ?? '';
  return { never: TYPES[type] ?? null, line: RINGS[type] ?? 'other' };
}

/** Why a code is never sent to a number, in E.164; null when it may be. */
export const neverSentTo = (number: string): NeverReason | null => factsOfRange(number).never;
