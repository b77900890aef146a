import { CHANNELS, type Channel, type Datacoding } from '../message.ts';
import { countSegments } from '../segments.ts';
import { localeChain, USUAL_LOCALE, USUAL_VOICE, voiceOf } from './locales.ts';
import { SHIPPED } from './shipped.ts';

/** The words that this server puts around a code, when the caller brings none. */
export type Words = {
  readonly locale: string;
  readonly template: string;
  /** Of an e-mail. */
  readonly subject: string;
  /** Whether the plain SMS alphabet can say it. */
  readonly isPlain: boolean;
  /** Whether it fits one message when sent as Unicode. */
  readonly fitsUnicode: boolean;
};

/** The words of one project by channel and locale, those that ship included. */
export type WordBook = {
  /** The locale of a message for which none is asked. */
  readonly locale: string;
  /** The language of the voice that speaks it. */
  readonly voice: string;
  readonly channels: { readonly [channel in Channel]: ReadonlyMap<string, Words> };
};

/** Words of a project's own. */
export type OwnWords = { readonly template: string; readonly subject: string | null };
export type OwnBook = {
  readonly locale: string | null;
  readonly channels: { readonly [channel in Channel]?: ReadonlyMap<string, OwnWords> };
};

const LONGEST_CODE = '0'.repeat(10);
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

/**
 * The words of a project: its own over those that ship. A locale of its own stands for all variants of that
 * language too, so that `zh` is not passed over for a `zh-tw` that ships.
 */
export function bookOf(own: OwnBook): WordBook {
  const locale = own.locale ?? USUAL_LOCALE;
  const channels = Object.fromEntries(
    CHANNELS.map((channel) => {
      const words = merged(channel, own);
      const usual = along(words, locale) ?? words.get(USUAL_LOCALE);
      return [channel, usual === undefined ? words : new Map([...words, [locale, usual]])];
    }),
  );
  return { locale, voice: voiceOf(locale) ?? USUAL_VOICE, channels: channels as WordBook['channels'] };
}

/** The words of a project that has none of its own. */
export const SHIPPED_BOOK: WordBook = bookOf({ locale: null, channels: {} });

/**
 * The words for a locale: its own, else its language's, else that of the project's locale, else English. Language
 * comes before ownership: words that ship and can be read are better than one's own that cannot.
 */
export function findWords(book: WordBook, channel: Channel, locale: string | null): Words {
  const known = book.channels[channel];
  const found = (locale === null ? null : along(known, locale)) ?? known.get(book.locale);
  if (found === undefined) throw new Error('a book has no words in its own locale');
  return found;
}

function along(known: ReadonlyMap<string, Words>, locale: string): Words | null {
  for (const each of localeChain(locale)) {
    const found = known.get(each);
    if (found !== undefined) return found;
  }
  return null;
}

/**
 * The characters in which words of ours go out. Clients send `plain` without being asked, so it does not make
 * them lose their letters; and `unicode` does not make them too long for a message.
 */
export function datacodingOf(words: Words, asked: Datacoding): Datacoding {
  if (asked === 'plain') return words.isPlain ? 'plain' : 'auto';
  return asked === 'unicode' && !words.fitsUnicode ? 'auto' : asked;
}

function merged(channel: Channel, { channels }: OwnBook): ReadonlyMap<string, Words> {
  const words = new Map<string, Words>();
  const own = channels[channel] ?? new Map<string, OwnWords>();
  for (const [locale, { template, subject }] of Object.entries(SHIPPED)) {
    const isReplaced = localeChain(locale).some((each) => own.has(each));
    if (!isReplaced) words.set(locale, wordsFor(channel, locale, template, subject));
  }
  for (const [locale, { template, subject }] of own) {
    words.set(locale, wordsFor(channel, locale, template, subject ?? shippedSubject(locale)));
  }
  return words;
}

function shippedSubject(locale: string): string {
  const shipped: { readonly [locale: string]: { readonly subject: string } } = SHIPPED;
  const known = localeChain(locale).find((each) => Object.hasOwn(shipped, each)) ?? USUAL_LOCALE;
  return shipped[known]?.subject ?? SHIPPED.en.subject;
}

function wordsFor(channel: Channel, locale: string, written: string, subject: string): Words {
  const template = asShown(written, channel);
  const filled = template.replace('%token', LONGEST_CODE);
  const isPlain = countSegments(filled, 'plain').lost.length === 0;
  return {
    ...{ locale, template, subject, isPlain },
    fitsUnicode: countSegments(filled, 'unicode').segments === 1,
  };
}

/**
 * A template with its code kept apart, where the text runs from right to left (UAX #9: first strong isolate, pop
 * directional isolate): what stands beside the code cannot turn the order of its groups.
 */
export function asShown(template: string, channel: Channel): string {
  if (channel === 'tts' || !RIGHT_TO_LEFT.test(template)) return template;
  return template.replace('%token', '\u2068%token\u2069');
}
