import type { Voice } from './message.ts';
import { localeChain, USUAL_LOCALE } from './words/locales.ts';
import { SHIPPED, type ShippedWords } from './words/shipped.ts';

/** A piece of what is said, or a silence. */
export type Utterance =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'pause'; readonly ms: number };

/** What a voice says, in order, and how it is to sound. It holds a code: never log or store it. */
export type Speech = {
  /** One of the languages of the wire contract, such as `nl-nl`. */
  readonly language: string;
  readonly voice: Voice;
  readonly utterances: readonly Utterance[];
};

/** What is to be spoken: a part of `Outbound`. */
export type Spoken = {
  readonly text: string;
  /** ASCII digits; empty for a text without a code. */
  readonly code: string;
  readonly wording: { readonly language: string; readonly voice: Voice };
};

const TIMES = 3;
const PICK_UP_MS = 500;
const BETWEEN_MS = 1_000;
/** Scripts that have a comma of their own, at which their voices pause. */
const COMMAS: { readonly [language: string]: string } = { ja: '、', zh: '，' };

/**
 * The message of a call: the text with the code in it digit by digit, then the code twice more. Digits are kept apart by
 * commas, since every voice reads `4, 8, 2` one by one in its own language, where `482` becomes a number in some. A
 * text without a code is said once.
 */
export function speechOf({ text, code, wording }: Spoken): Speech {
  const { language, voice } = wording;
  const digits = digitsOf(code, language);
  const once = ended((code === '' ? text : text.replaceAll(code, digits)).replace(/\s+/g, ' ').trim());
  const again = ended(`${wordsFor(language).again} ${digits}`);
  const repeats = Array.from({ length: code === '' ? 0 : TIMES - 1 }, (): Utterance[] => [
    { kind: 'pause', ms: BETWEEN_MS },
    { kind: 'say', text: again },
  ]);
  const first: Utterance[] = [
    { kind: 'pause', ms: PICK_UP_MS },
    { kind: 'say', text: once },
  ];
  return { language, voice, utterances: [...first, ...repeats.flat()] };
}

/** For voices that take text alone: a comma and a full stop are their pauses. */
export const plainSpeech = ({ utterances }: Speech): string =>
  utterances.flatMap((each) => (each.kind === 'say' ? [each.text] : [])).join(' ');

/** As SSML 1.1 (W3C). Everything that is said is escaped, so no template can add an element. */
export function ssmlSpeech({ utterances, language }: Speech): string {
  const body = utterances.map((each) =>
    each.kind === 'say' ? `<s>${escapeXml(each.text)}</s>` : `<break time="${each.ms}ms"/>`,
  );
  return `<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="${languageTag(language)}">${body.join('')}</speak>`;
}

/** As BCP 47 writes it: `nl-NL`. Welsh English is `en-GB` with its variant left out, since no voice is called so. */
export function languageTag(language: string): string {
  const [base = '', region = ''] = language.split('-');
  return `${base}-${region.toUpperCase()}`;
}

/** Text for the inside of an XML element or attribute. Characters that XML 1.0 cannot hold are left out. */
export const escapeXml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (character) => REFERENCES[character] ?? '');

const REFERENCES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** A full stop makes a voice lower and pause, and keeps sentences apart. */
const ended = (text: string): string => (/[\p{P}]$/u.test(text) ? text : `${text}.`);

function digitsOf(code: string, language: string): string {
  const comma = COMMAS[language.slice(0, 2)];
  return [...code].join(comma ?? ', ');
}

function wordsFor(language: string): ShippedWords {
  const shipped: { readonly [locale: string]: ShippedWords } = SHIPPED;
  for (const each of [...localeChain(language), USUAL_LOCALE]) {
    if (Object.hasOwn(shipped, each)) return shipped[each] as ShippedWords;
  }
  return SHIPPED.en;
}
