import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { Words } from './words/words.ts';

/** A phone number as its owner knows it, and nobody else can use it. */
export type MaskedNumber = {
  /** `+31 6 ···· ··78` */
  readonly shown: string;
  /** For those who listen: dots are not read out well. */
  readonly spoken: string;
};

const SHORTEST_WITH_FIRST_DIGIT = 7;

/** Masks an E.164 number: its country code, the first and the last two digits stay. */
export function maskNumber(e164: string, { frame }: Words): MaskedNumber {
  const number = parsePhoneNumberFromString(e164);
  const prefix = number === undefined ? '' : `+${number.countryCallingCode} `;
  const written = number?.formatInternational() ?? e164;
  const national = written
    .slice(prefix.length)
    .replace(/[^\d ]/g, ' ')
    .trim();
  const masked = national.split(/ +/).map(grouped).join(' ');
  const count = national.replaceAll(' ', '').length;
  let place = 0;
  const shown = [...masked].map((character) => {
    if (character === ' ') return character;
    place += 1;
    const isFirst = place === 1 && count >= SHORTEST_WITH_FIRST_DIGIT;
    return isFirst || place > count - 2 ? character : '·';
  });
  const ending = [...e164.slice(-2)].join(' ');
  return { shown: `${prefix}${shown.join('')}`, spoken: frame.numberEndingIn(ending) };
}

/** `12345678` becomes `1234 5678`: long rows of dots cannot be counted. */
const grouped = (digits: string): string =>
  digits.length > 6 ? digits.replace(/(\d{4})(?=\d)/g, '$1 ') : digits;
