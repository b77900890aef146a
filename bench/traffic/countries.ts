import { type CountryCode, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { between, type Random } from '../driver/random.ts';

/** Where the ordinary users are at home. The first is the one that is attacked. */
export const COUNTRIES = [
  ...['NL', 'BE', 'DE', 'FR', 'GB', 'IE', 'ES', 'PT', 'IT', 'AT', 'CH', 'PL', 'CZ', 'SE', 'NO', 'DK', 'FI'],
  ...['GR', 'RO', 'HU', 'TR', 'UA', 'US', 'CA', 'MX', 'BR', 'AR', 'CL', 'CO', 'ZA', 'NG', 'KE', 'EG', 'MA'],
  ...['IN', 'ID', 'JP', 'KR', 'AU', 'NZ'],
] as const satisfies readonly CountryCode[];
export type Country = (typeof COUNTRIES)[number];

/** Hours that the sun is ahead of Greenwich there, about: people ask for codes by day. */
export const AHEAD_HOURS: { readonly [country in Country]: number } = {
  ...{ NL: 1, BE: 1, DE: 1, FR: 1, GB: 0, IE: 0, ES: 1, PT: 0, IT: 1, AT: 1, CH: 1, PL: 1, CZ: 1, SE: 1 },
  ...{ NO: 1, DK: 1, FI: 2, GR: 2, RO: 2, HU: 1, TR: 3, UA: 2, US: -6, CA: -5, MX: -6, BR: -3, AR: -3 },
  ...{ CL: -4, CO: -5, ZA: 2, NG: 1, KE: 3, EG: 2, MA: 1, IN: 5.5, ID: 7, JP: 9, KR: 9, AU: 10, NZ: 12 },
};

const MOST_TRIES = 10_000;
const KEPT_DIGITS = 2;

/** A mobile number of the country that somebody may have, in E.164. */
export function mobileNumber(country: Country, random: Random): string {
  const national = String((examples as { readonly [country: string]: string })[country]);
  for (let i = 0; i < MOST_TRIES; i += 1) {
    const digits = [...national].map((digit, at) =>
      at < KEPT_DIGITS ? digit : String(between(random, 0, 9)),
    );
    const number = `+${getCountryCallingCode(country)}${digits.join('')}`;
    if (isMobile(number)) return number;
  }
  throw new Error(`no mobile number was found for ${country}`);
}

/** Blocks of ten thousand mobile numbers each, all different: numbers without their last four digits. */
export function mobileBlocks(country: Country, count: number, random: Random): readonly string[] {
  const blocks = new Set<string>();
  while (blocks.size < count) blocks.add(mobileNumber(country, random).slice(0, -4));
  return [...blocks];
}

function isMobile(number: string): boolean {
  const read = parsePhoneNumberFromString(number);
  if (read === undefined || !read.isValid()) return false;
  const type = read.getType();
  return type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE';
}
