import { type CountryCode, getCountries, getCountryCallingCode } from 'libphonenumber-js/min';

export type Country = {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  /** `Netherlands (+31)` */
  readonly label: string;
};

/** Every country that has phone numbers, by its English name. */
export function listCountries(): readonly Country[] {
  const names = new Intl.DisplayNames('en', { type: 'region' });
  const { compare } = new Intl.Collator('en');
  const label = (code: CountryCode): string => `${names.of(code) ?? code} (+${getCountryCallingCode(code)})`;
  return getCountries()
    .map((code) => ({ code, label: label(code) }))
    .sort((a, b) => compare(a.label, b.label));
}
