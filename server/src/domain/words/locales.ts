import { VOICE_LANGUAGES } from '../languages.ts';

/** The language whose text is taken when no other is asked for, or there. */
export const USUAL_LOCALE = 'en';
/** The wire's own (contract, section 3.1). */
export const USUAL_VOICE = 'en-gb';

const LOCALE = /^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/;
const MOST_CHARACTERS = 35;
/** Codes of ISO 639 that were replaced, and that Java and others still say. */
const OLD: { readonly [language: string]: string } = { iw: 'he', in: 'id' };

/** A language tag (BCP 47) in lower case: `nl_NL` and `nl-nl` are one. Null when it cannot be one. */
export function readLocale(typed: string): string | null {
  if (typed.length > MOST_CHARACTERS) return null;
  const locale = typed.trim().toLowerCase().replaceAll('_', '-');
  if (!LOCALE.test(locale)) return null;
  const [language = '', ...rest] = locale.split('-');
  return [OLD[language] ?? language, ...rest].join('-');
}

/** What to look for in turn: `zh-hant-tw`, `zh-hant`, `zh` (RFC 4647, section 3.4). */
export function localeChain(locale: string): string[] {
  const parts = locale.split('-');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
}

/** Which of several voices of a language speaks, where the locale does not say. */
const FIRST_VOICES = 'en-gb es-es fr-fr pt-pt zh-cn'.split(' ');
const VOICE_OF: ReadonlyMap<string, string> = new Map([
  ...VOICE_LANGUAGES.map((voice) => [voice.slice(0, 2), voice] as const),
  ...FIRST_VOICES.map((voice) => [voice.slice(0, 2), voice] as const),
  ...VOICE_LANGUAGES.map((voice) => [voice, voice] as const),
  ...['no', 'nn'].map((norwegian) => [norwegian, 'nb-no'] as const),
]);

/** The language of a voice that speaks this locale; null when none does. */
export function voiceOf(locale: string): string | null {
  for (const each of localeChain(locale)) {
    const voice = VOICE_OF.get(each);
    if (voice !== undefined) return voice;
  }
  return null;
}
