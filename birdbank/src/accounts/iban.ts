/**
 * An account number of ISO 13616: letters and digits without spaces, its check digits right. Ours begin with `XB`, which
 * ISO 3166 leaves to its users: no country and so no real bank will ever have them.
 */
export type Iban = string & { readonly iban: true };

export type IbanProblem = 'empty' | 'shape' | 'length' | 'country' | 'check';

/** How long the numbers of each country are (the IBAN registry), and ours. */
const LENGTHS: Readonly<Record<string, number>> = lengthsOf(
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 ' +
    'LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 ' +
    'QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 XB18',
);

const OWN = /^XB\d\dBIRD\d{10}$/;

/** Reads an account number as people type it: in groups, with hyphens, in small letters. */
export function readIban(typed: string): Iban | { readonly problem: IbanProblem } {
  const text = typed
    .normalize('NFKC')
    .replace(/[\s\p{Pd}.]/gu, '')
    .toUpperCase();
  if (text === '') return { problem: 'empty' };
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(text)) return { problem: 'shape' };
  const length = LENGTHS[text.slice(0, 2)];
  if (length === undefined) return { problem: 'country' };
  if (text.length !== length) return { problem: 'length' };
  if (isOurs(text) && !OWN.test(text)) return { problem: 'check' };
  return remainder(text) === 1 ? (text as Iban) : { problem: 'check' };
}

/** `XB12 BIRD 0000 1234 56` */
export const formatIban = (iban: string): string => iban.replace(/.{4}(?=.)/g, '$& ');

/** The number of one of our accounts: ten digits of its own behind the check digits and our name. */
export function ownIban(account: bigint): Iban {
  const rest = `BIRD${String(account % 10_000_000_000n).padStart(10, '0')}`;
  const check = 98 - remainder(`XB00${rest}`);
  return `XB${String(check).padStart(2, '0')}${rest}` as Iban;
}

export const isOurs = (iban: string): boolean => iban.startsWith('XB');

/** Of division by 97, letters standing for 10 to 35, the first four characters put last (ISO 7064, MOD 97-10). */
function remainder(iban: string): number {
  const turned = iban.slice(4) + iban.slice(0, 4);
  let rest = 0;
  for (const character of turned) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

function lengthsOf(list: string): Readonly<Record<string, number>> {
  return Object.fromEntries(list.split(' ').map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]));
}
