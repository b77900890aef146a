import type { Reading } from '../../domain/guard/judge.ts';

/** What each standard rule counts, as the end of a sentence. Rules of one's own go by their names. */
const RULES: { readonly [rule: string]: string } = {
  ranges: 'Numbers that nobody reads a code at',
  countries: 'Countries that were not chosen',
  voice: 'Calls to countries that were not chosen',
  'cool-down': 'Codes lately to this recipient, which make the next one wait',
  'recipient-hour': 'Codes to this recipient within an hour',
  'recipient-day': 'Codes to this recipient within a day',
  'network-hour': 'Codes asked for from one address within an hour',
  'network-wrong': 'Wrong guesses from one address within an hour',
  'block-unverified': 'Unverified codes to this block of numbers within an hour',
  sequence: 'Codes to numbers in a row',
  'block-conversion': 'Share of codes verified in this block of numbers',
  'country-unverified': 'Unverified codes to this country within an hour',
  'country-conversion': 'Share of codes verified in this country',
  'key-rate': 'Creates with this key within two seconds',
  'key-day': 'Codes with this key within a day',
  campaign: 'Wrong guesses over the whole project',
  'text-key-rate': 'Texts with this key within two seconds',
  'text-recipient-hour': 'Texts to this recipient within an hour',
  'text-recipient-day': 'Texts to this recipient within a day',
  'text-block-hour': 'Texts to this block of numbers within an hour',
  'text-country-hour': 'Texts to this country within an hour',
  'text-key-day': 'Texts with this key within a day',
  'money-project': 'Money that this project may spend',
  'money-key': 'Money that this key may spend',
  'money-country': 'Money that may be spent on this country',
  'money-project-hour': 'Money that this project may spend within an hour',
  'money-key-hour': 'Money that this key may spend within an hour',
  'money-country-hour': 'Money that may be spent on this country within an hour',
  'money-block': 'Money that may be spent on this block of numbers',
};

export const ruleName = (rule: string): string => RULES[rule] ?? rule;

const MICROS = 1_000_000;

/** What a rule counted, as `3 of at most 5`. */
export function readingWords({ rule, value, most, note }: Reading): string {
  const words = note === undefined ? '' : `: ${note}`;
  if (rule.startsWith('money-')) return `${value / MICROS} of ${most / MICROS}${words}`;
  if (rule.endsWith('-conversion')) return `${value} %, closes below ${most} %${words}`;
  if (most === 0) return value === 0 ? `no${words}` : `yes${words}`;
  return `${value} of at most ${most}${words}`;
}

export const VERDICTS: { readonly [verdict in Reading['verdict']]: readonly [tone: string, words: string] } =
  {
    under: ['good', 'allowed'],
    over: ['bad', 'refused'],
    'would-refuse': ['warn', 'would refuse, only noted'],
  };

export const WHENCE: { readonly [whence: string]: string } = {
  known: 'Asked for from a place where this recipient succeeded lately.',
  unknown: 'Asked for from a place where this recipient has not succeeded lately.',
  new: 'Asked for from somewhere; this recipient has not succeeded anywhere yet.',
  unsaid: 'The request did not say from where the user asked.',
};
