import { type CountryCode, getCountries, getCountryCallingCode } from 'libphonenumber-js/min';
import type { Words } from './words/words.ts';

export type Country = {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  /** `Netherlands (+31)` */
  readonly label: string;
};

const kept = new Map<string, readonly Country[]>();

/** Every country that has phone numbers, by its name in this language. */
export function listCountries({ language, country, compare }: Words): readonly Country[] {
  const found = kept.get(language);
  if (found !== undefined) return found;
  const label = (code: CountryCode): string => `${country(code)} (+${getCountryCallingCode(code)})`;
  const list = getCountries()
    .map((code) => ({ code, label: label(code) }))
    .sort((a, b) => compare(a.label, b.label));
  kept.set(language, list);
  return list;
}
