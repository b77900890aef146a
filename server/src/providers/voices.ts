import type { Voice } from '../domain/message.ts';

type Pair = { readonly [voice in Voice]: string };

/**
 * Amazon Polly's standard voices, which Twilio has too, for the languages of the wire contract. Where Polly has one
 * voice for a language it stands for both.
 */
const POLLY: { readonly [language: string]: Pair } = {
  'cy-gb': one('Gwyneth'),
  'da-dk': { female: 'Naja', male: 'Mads' },
  'de-de': { female: 'Marlene', male: 'Hans' },
  'en-au': { female: 'Nicole', male: 'Russell' },
  'en-gb': { female: 'Amy', male: 'Brian' },
  'en-gb-wls': one('Geraint'),
  'en-in': one('Raveena'),
  'en-us': { female: 'Joanna', male: 'Matthew' },
  'es-es': { female: 'Conchita', male: 'Enrique' },
  'es-mx': one('Mia'),
  'es-us': { female: 'Penelope', male: 'Miguel' },
  'fr-ca': one('Chantal'),
  'fr-fr': { female: 'Celine', male: 'Mathieu' },
  'is-is': { female: 'Dora', male: 'Karl' },
  'it-it': { female: 'Carla', male: 'Giorgio' },
  'ja-jp': { female: 'Mizuki', male: 'Takumi' },
  'ko-kr': one('Seoyeon'),
  'nb-no': one('Liv'),
  'nl-nl': { female: 'Lotte', male: 'Ruben' },
  'pl-pl': { female: 'Ewa', male: 'Jacek' },
  'pt-br': { female: 'Vitoria', male: 'Ricardo' },
  'pt-pt': { female: 'Ines', male: 'Cristiano' },
  'ro-ro': one('Carmen'),
  'ru-ru': { female: 'Tatyana', male: 'Maxim' },
  'sv-se': one('Astrid'),
  'tr-tr': one('Filiz'),
  'zh-cn': one('Zhiyu'),
};

/** The name of a voice of Amazon Polly; null for a language that it does not speak. */
export const pollyVoice = (language: string, voice: Voice): string | null =>
  Object.hasOwn(POLLY, language) ? (POLLY[language]?.[voice] ?? null) : null;

function one(name: string): Pair {
  return { female: name, male: name };
}
