import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Numbers that are typed as within a country are taken for numbers of the bank's own. */
const HOME_COUNTRY = 'NL';

/**
 * What somebody typed as their name, in the one form in which it is looked up: a phone number in E.164, or the user
 * name as it stands.
 */
export function readName(typed: string): string {
  if (/^[A-Za-z]/.test(typed)) return typed;
  const number = parsePhoneNumberFromString(typed.replace(/^00/, '+'), HOME_COUNTRY);
  return number?.number ?? typed;
}
