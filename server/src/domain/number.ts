import { type NumberType, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { isProblem, type Problem } from '../kernel/failure.ts';
import { readRecipient } from './recipient.ts';

/** What a phone number tells of itself, without asking anybody. */
export type NumberFacts = {
  /** ISO 3166-1 alpha-2; null where the number belongs to no country. */
  readonly country: string | null;
  readonly countryPrefix: number;
  /** E.164 with its plus sign. */
  readonly number: string;
  /** In the words of the wire contract, section 5. */
  readonly type: string;
  readonly formats: {
    readonly e164: string;
    readonly international: string;
    readonly national: string;
    readonly rfc3966: string;
  };
};

const TYPES: { readonly [type in Exclude<NumberType, undefined>]: string } = {
  FIXED_LINE: 'fixed line',
  MOBILE: 'mobile',
  FIXED_LINE_OR_MOBILE: 'fixed line or mobile',
  TOLL_FREE: 'toll free',
  PREMIUM_RATE: 'premium rate',
  SHARED_COST: 'shared cost',
  VOIP: 'voip',
  PERSONAL_NUMBER: 'personal number',
  PAGER: 'pager',
  UAN: 'universal access number',
  VOICEMAIL: 'voice mail',
};

/** Reads a number as people type it; the sentence of the refusal is upstream's. */
export function readNumber(typed: string, countryCode: string | null): string | Problem {
  const read = readRecipient(typed, 'sms', countryCode);
  if (!isProblem(read)) return read.address;
  return {
    ...{ code: 'number_unreadable', parameter: 'phone_number' },
    message: 'Bad request (phone number has unknown format)',
    ...(read.hint === undefined ? {} : { hint: read.hint }),
  };
}

/** @param address E.164 with its plus sign, as `readNumber` makes it */
export function factsOfNumber(address: string): NumberFacts {
  const number = parsePhoneNumberFromString(address, { extract: false });
  if (number === undefined) throw new Error('a number that was read cannot be read again');
  const type = number.getType();
  return {
    country: number.country ?? null,
    countryPrefix: Number(number.countryCallingCode),
    number: address,
    type: type === undefined ? 'unknown' : TYPES[type],
    formats: {
      e164: number.format('E.164'),
      international: number.formatInternational(),
      national: number.formatNational(),
      rfc3966: dashed(number.formatInternational()),
    },
  };
}

/** RFC 3966 with hyphens between the groups, as upstream shows it. */
const dashed = (international: string): string => `tel:${international.replaceAll(' ', '-')}`;
