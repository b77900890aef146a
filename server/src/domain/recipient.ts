import { domainToASCII } from 'node:url';
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Problem } from '../kernel/failure.ts';
import type { Channel } from './message.ts';

/** A phone number or mailbox in its one normal form. Equal people, equal `address` after `keyText`. */
export type Recipient =
  /** E.164 with its plus sign, and its country (ISO 3166-1) where it has one. */
  | { readonly kind: 'phone'; readonly address: string; readonly country: string | null }
  | { readonly kind: 'email'; readonly address: string };

const MOST_CHARACTERS = 320;
const MOST_DIGITS = 15; // ITU-T E.164, country code included
// What a person types around the digits of a number.
const PHONE_CHARACTERS = /^\+?[\d\s()[\]（）.\-/‐-―−⁠­]+$/u;
const EXTENSION = /(?:;ext=|,|#|\bext\.?|\bx|extension)\s*\d*\s*$/iu;

/** Upstream's sentence, which its clients' programs compare; the hint says what would be right. */
const UNREADABLE = 'no (correct) recipients found';

/**
 * Reads what somebody typed as a recipient. `countryCode` (ISO 3166-1 alpha-2) is for numbers typed as
 * within their country. A number that is possible is good enough: ranges open faster than metadata follows.
 */
export function readRecipient(
  typed: string,
  channel: Channel,
  countryCode: string | null = null,
): Recipient | Problem {
  const text = typed.trim();
  if (text === '') return missing();
  if (text.length > MOST_CHARACTERS) return unreadable('it is longer than 320 characters');
  if (channel === 'email') return readEmail(text);
  return readPhone(IN_ASCII.test(text) ? text : inAscii(text), countryCode);
}

const IN_ASCII = /^[\x20-\x7e]*$/;

/** Digits of any script, spaces of any width and the full-width plus sign, as ASCII has them. */
const inAscii = (text: string): string =>
  text
    .replace(/^＋/, '+')
    .replace(/\s/g, ' ')
    .replace(/\p{Nd}/gu, asciiDigit);

/** Unicode keeps the ten digits of a script together and in order, beginning with zero. */
function asciiDigit(digit: string): string {
  let value = 0;
  for (let point = digit.codePointAt(0) ?? 0; /^\p{Nd}$/u.test(String.fromCodePoint(point - 1)); point -= 1) {
    value += 1;
  }
  return String(value % 10);
}

export function missing(): Problem {
  return {
    code: 'missing_parameter',
    message: UNREADABLE,
    parameter: 'recipient',
    hint: 'send a phone number with its country code, such as +31612345678, or an e-mail address with type=email',
  };
}

function readPhone(text: string, countryCode: string | null): Recipient | Problem {
  if (text.includes('@')) return unreadable('an e-mail address needs type=email');
  if (EXTENSION.test(text)) return unreadable('leave out the extension: a code cannot be sent to one', true);
  if (!PHONE_CHARACTERS.test(text))
    return unreadable('send digits with the country code, such as +31612345678');
  const digits = text.replace(/^00/, '+');
  const number = digits.startsWith('+') ? parse(digits) : parseWithin(digits, countryCode);
  if (number === null) {
    if (digits.startsWith('0') && countryCode === null) {
      return unreadable('add the country code, such as +31612345678, or send countryCode', true);
    }
    return unreadable('it is not a possible phone number; write it like +31612345678', true);
  }
  return { kind: 'phone', ...number };
}

/** A number without a plus: national where the caller named the country, otherwise international. */
function parseWithin(digits: string, countryCode: string | null): Parsed | null {
  if (countryCode !== null && isSupportedCountry(countryCode)) {
    return parse(digits, countryCode) ?? parse(`+${digits}`);
  }
  return digits.startsWith('0') ? null : parse(`+${digits}`);
}

type Parsed = { readonly address: string; readonly country: string | null };

function parse(text: string, country?: CountryCode): Parsed | null {
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(country === undefined ? {} : { defaultCountry: country }),
  });
  if (number?.isPossible() !== true || number.ext !== undefined) return null;
  const e164: string = number.number;
  // The metadata lets a few countries have more digits than E.164 has room for.
  if (e164.length > 1 + MOST_DIGITS) return null;
  // With two trunk zeros one is left, and whoever reads the number next takes it for a trunk zero again: such a
  // number would be two recipients.
  if (text !== e164 && parse(e164)?.address !== e164) return null;
  return { address: e164, country: number.country ?? null };
}

// A dot-atom or plain UTF-8 local part (RFC 5321 4.5.3.1, RFC 6531); quoted local parts are refused.
const LOCAL = /^[^\s"(),:;<>@[\\\]\p{Cc}\p{Cf}\p{Cs}]{1,64}$/u;
// No top-level domain is a number: what looks like one is the address of a host, and no mailbox.
const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}$/;

function readEmail(text: string): Recipient | Problem {
  const bracketed = /^[^<>]*<([^<>]+)>$/.exec(text);
  const bare = (bracketed?.[1] ?? text).trim();
  const at = bare.lastIndexOf('@');
  const local = bare.slice(0, Math.max(0, at)).normalize('NFC');
  const domain = domainToASCII(bare.slice(at + 1)).toLowerCase();
  const dotted = local.startsWith('.') || local.endsWith('.') || local.includes('..');
  if (!LOCAL.test(local) || dotted || !DOMAIN.test(domain) || bare.length > 254) {
    return unreadable('send one address, such as ann@example.com');
  }
  return { kind: 'email', address: `${local}@${domain}` };
}

/** The text whose keyed hash is the recipient's key: letter case does not make another mailbox. */
export const keyText = (recipient: Recipient): string => recipient.address.toLowerCase();

/** The country that a phone number without a prefix is of, as `countryCode` was typed; null when unknown. */
export function readCountry(typed: string): string | null {
  const country = typed.trim().toUpperCase();
  return isSupportedCountry(country) ? country : null;
}

/** `telling` puts the reason into the sentence too, for numbers a person can mend. */
function unreadable(hint: string, telling = false): Problem {
  const message = telling ? `${UNREADABLE}: ${hint}` : UNREADABLE;
  return { code: 'recipient_unreadable', message, parameter: 'recipient', hint };
}
