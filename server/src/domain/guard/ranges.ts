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

/** Whether a number, in E.164, is one that a code is never sent to; null when it is not. */
export function neverSentTo(number: string): NeverReason | null {
  const byCode = neverByCode(number);
  if (byCode !== null) return byCode;
  const known = parsePhoneNumberFromString(number);
  if (known === undefined || !known.isValid()) return 'unassigned';
  return TYPES[known.getType() ?? ''] ?? null;
}
