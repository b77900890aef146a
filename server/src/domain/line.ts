import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

export const LINE_TYPES = ['mobile', 'fixed', 'voip', 'other'] as const;
/** What a number rings, as far as its range tells. */
export type LineType = (typeof LINE_TYPES)[number];

const TYPES: { readonly [type: string]: readonly LineType[] } = {
  MOBILE: ['mobile'],
  FIXED_LINE: ['fixed'],
  FIXED_LINE_OR_MOBILE: ['mobile', 'fixed'],
  VOIP: ['voip'],
};

/** What a number in E.164 rings: several where a country does not tell mobile and fixed apart, none when it is not known. */
export function lineTypesOf(address: string): readonly LineType[] {
  const type = parsePhoneNumberFromString(address, { extract: false })?.getType();
  return type === undefined ? [] : (TYPES[type] ?? ['other']);
}
