import type { FastifyRequest } from 'fastify';
import { en, type Sentences } from './en.ts';
import { type Formats, formatsOf } from './formats.ts';
import { nl } from './nl.ts';

/**
 * To add a language, such as German: copy `nl.ts` and the folder `nl` to `de.ts` and `de`, translate, and add one line to
 * `LANGUAGES`. Every section is typed as its English one, so a sentence that is missing, or was never there in English,
 * does not compile. Dates, amounts and numbers follow from the locale.
 */
const LANGUAGES = {
  en: { ...en, ...formatsOf('en-GB'), language: 'en' },
  nl: { ...nl, ...formatsOf('nl-NL'), language: 'nl' },
} as const satisfies { readonly [code: string]: Words };

/** Everything that BirdBank says, in one language, and how that language writes dates, amounts and numbers. */
export type Words = Sentences &
  Formats & {
    /** BCP 47, for `<html lang>`. */
    readonly language: string;
  };
export type Language = keyof typeof LANGUAGES;

export const ENGLISH: Words = LANGUAGES.en;
/** Every language there is, in the order in which they are offered. */
export const languages = Object.keys(LANGUAGES) as readonly Language[];
export const isLanguage = (code: unknown): code is Language =>
  typeof code === 'string' && Object.hasOwn(LANGUAGES, code);
export const wordsIn = (language: Language): Words => LANGUAGES[language];

/** Over TLS the name binds the cookie to this very host, as that of the session. */
export const languageCookie = ({ protocol }: Pick<FastifyRequest, 'protocol'>): string =>
  protocol === 'https' ? '__Host-birdbank-language' : 'birdbank-language';

type Asking = Pick<FastifyRequest, 'protocol' | 'cookies' | 'headers'>;

/** The words for whoever asks: those they chose, else those that their browser prefers, else English. */
export function wordsFor(request: Asking): Words {
  const chosen = request.cookies[languageCookie(request)];
  if (isLanguage(chosen)) return wordsIn(chosen);
  return wordsIn(preferred(request.headers['accept-language'] ?? '') ?? 'en');
}

const MOST_PREFERENCES = 20;

/** The first of our languages in the order of an `Accept-Language` header (RFC 9110, section 12.5.4). */
function preferred(header: string): Language | null {
  const wanted = header
    .slice(0, 500)
    .split(',', MOST_PREFERENCES)
    .map((part) => /^\s*([a-z]{1,8}|\*)(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(part))
    .filter((match) => match !== null)
    .map(([, tag = '', weight = '1']) => ({ tag: tag.toLowerCase(), weight: Number(weight) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  for (const { tag } of wanted) if (isLanguage(tag)) return tag;
  return null;
}
