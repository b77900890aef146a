import { CHANNELS, type Channel, type Money } from '../domain/message.ts';
import type { Price } from '../domain/price.ts';
import { nearest } from '../kernel/did-you-mean.ts';
import { isObject, noteUnknown } from './reading.ts';
import { countryOf, prefixOf } from './routes.ts';

const NAMES = ['provider', 'channel', 'country', 'prefix', 'cost', 'currency'] as const;
const MOST_PRICES = 20_000;
const MICROS = 1_000_000;

/** The part `prices`: what one segment, call or e-mail costs. */
export function readPrices(
  given: unknown,
  providers: readonly string[],
  problems: string[],
): readonly Price[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || given.length > MOST_PRICES) {
    problems.push(`prices: set a list of at most ${MOST_PRICES} prices`);
    return [];
  }
  return given.flatMap((price, i) => priceOf(price, `prices[${i}]`, providers, problems) ?? []);
}

function priceOf(given: unknown, at: string, providers: readonly string[], problems: string[]): Price | null {
  if (!isObject(given)) {
    problems.push(`${at}: set an object such as { "provider": "bird", "cost": "0.07", "currency": "EUR" }`);
    return null;
  }
  noteUnknown(given, at, NAMES, problems);
  const optional = <T>(name: string, parse: (text: string) => T | null, right: string): T | null => {
    const value = given[name];
    if (value === undefined) return null;
    const parsed = typeof value === 'string' ? parse(value) : null;
    if (parsed === null) problems.push(`${at}.${name}: set ${right}`);
    return parsed;
  };
  const channel = (text: string): Channel | null => CHANNELS.find((one) => one === text) ?? null;
  const cost = costOf(given, at, problems);
  const price = {
    provider: providerOf(given.provider, `${at}.provider`, providers, problems),
    channel: optional('channel', channel, `one of ${CHANNELS.join(', ')}`),
    country: optional('country', countryOf, 'a country in capitals (ISO 3166-1), such as NL'),
    prefix: optional('prefix', prefixOf, 'the beginning of a number, such as +3161'),
  };
  return cost === null ? null : { ...price, cost };
}

function providerOf(given: unknown, at: string, providers: readonly string[], problems: string[]): string {
  if (typeof given === 'string' && providers.includes(given)) return given;
  const meant = typeof given === 'string' ? nearest(given, providers) : null;
  const listed = providers.length === 0 ? 'there are none' : `set one of ${providers.join(', ')}`;
  problems.push(`${at}: there is no such provider; ${meant === null ? listed : `did you mean ${meant}?`}`);
  return '';
}

/** An amount of money is a text, since a number with a point is not what it looks like. */
function costOf({ cost, currency }: Record<string, unknown>, at: string, problems: string[]): Money | null {
  const isCost = typeof cost === 'string' && /^\d{1,6}(\.\d{1,6})?$/.test(cost);
  const isCurrency = typeof currency === 'string' && /^[A-Z]{3}$/.test(currency);
  if (!isCost)
    problems.push(`${at}.cost: set an amount as a text with at most six decimals, such as "0.0725"`);
  if (!isCurrency) problems.push(`${at}.currency: set three capitals (ISO 4217), such as EUR`);
  return isCost && isCurrency ? { micros: Math.round(Number(cost) * MICROS), currency } : null;
}
