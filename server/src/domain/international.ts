import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** An E.164 number spaced as its country writes it (+31 6 12345678); anything else as it is. */
export function international(address: string): string {
  if (!address.startsWith('+')) return address;
  return parsePhoneNumberFromString(address)?.formatInternational() ?? address;
}
