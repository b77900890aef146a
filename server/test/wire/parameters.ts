import fc from 'fast-check';
import { VOICE_LANGUAGES } from '../../src/domain/languages.ts';
import type { Verification } from '../../src/domain/verification.ts';

/** A value as a client may spell it, and what must come of it. */
export type Spelling = { readonly sent: unknown; readonly kept: unknown };

export type Parameter = {
  readonly name: string;
  /** What the channel must be for the value to matter. */
  readonly channel?: 'email' | 'tts';
  readonly valid: fc.Arbitrary<Spelling>;
  /** Values of every type that must be refused by this parameter's name. */
  readonly invalid: fc.Arbitrary<unknown>;
  /** What is kept when the parameter is left out, null or empty. */
  readonly usual: unknown;
  kept(v: Verification): unknown;
};

const object = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.integer(), { minKeys: 0, maxKeys: 2 });
const array = fc.array(fc.constantFrom('true', 1, null, 'sms', '60'), { maxLength: 3 });
const notText = fc.oneof(object, array, fc.boolean(), fc.constantFrom(-1, 1.5, 2 ** 53 + 2, 1e300));

const padded = (text: fc.Arbitrary<string>) =>
  fc.tuple(fc.constantFrom('', ' ', '\t'), text, fc.constantFrom('', ' ')).map((parts) => parts.join(''));

const anyCase = (text: string): fc.Arbitrary<string> => fc.mixedCase(fc.constant(text));

function choice(options: readonly string[]): Pick<Parameter, 'valid' | 'invalid'> {
  const valid = fc
    .constantFrom(...options)
    .chain((option) => padded(anyCase(option)).map((sent) => ({ sent, kept: option })));
  const known = (text: string) => options.includes(text.trim().toLowerCase().replaceAll('_', '-'));
  const otherText = fc
    .string({ minLength: 1, maxLength: 12 })
    .filter((text) => text.trim() !== '' && !known(text));
  return { valid, invalid: fc.oneof(notText, otherText, fc.integer({ min: 0, max: 9 })) };
}

/** Sent as a number or in digits; refused outside of its bounds and in every other spelling. */
function whole(least: number, most: number): Pick<Parameter, 'valid' | 'invalid'> {
  const inside = fc.oneof(fc.integer({ min: least, max: most }), fc.constantFrom(least, most));
  const valid = inside.chain((kept) =>
    fc.oneof(fc.constant(kept), padded(fc.constant(String(kept)))).map((sent) => ({ sent, kept })),
  );
  const outside = fc.oneof(
    fc.constantFrom(least - 1, most + 1, 0, -least),
    fc.integer({ min: most + 1 }),
    fc.integer({ max: least - 1 }),
  );
  const odd = fc.constantFrom(
    `${least}.0`,
    `+${least}`,
    `0x${least}`,
    `${least}e0`,
    'ten',
    '٧',
    '７',
    `${least} 0`,
  );
  return {
    valid,
    invalid: fc.oneof(
      outside,
      outside.map(String),
      odd,
      object,
      array,
      fc.boolean(),
      fc.constant(least + 0.5),
    ),
  };
}

const line = fc
  .string({ minLength: 1, maxLength: 120, unit: 'grapheme' })
  .filter((text) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) && text.length <= 255);
const controlled = fc
  .tuple(line, fc.constantFrom('\n', '\r', '\u0000', '\u007f', '\u0085', '\u2028', '\u2029', '\u001b'), line)
  .map(([before, control, after]) => (before + control + after).slice(-255))
  .filter((text) => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text));
const tooLong = fc.integer({ min: 256, max: 2_000 }).map((length) => 'x'.repeat(length));

const senderName = fc
  .stringMatching(/^[A-Za-z0-9]([A-Za-z0-9 ]{0,9}[A-Za-z0-9])?$/)
  .filter((t) => t.length <= 11);
const senderNumber = fc.stringMatching(/^[0-9]{1,15}$/);

const TAKEN = 'taken, and nothing kept';

/** Every parameter of a create but `recipient`, `template`, `appHost` and `appHash`, which have tests of their own. */
export const PARAMETERS: readonly Parameter[] = [
  {
    name: 'originator',
    valid: fc.oneof(
      padded(senderName).map((sent) => ({ sent, kept: sent.trim() })),
      senderNumber.map((digits) => ({ sent: `+${digits}`, kept: digits })),
      fc.integer({ min: 1, max: 999_999_999_999 }).map((sent) => ({ sent, kept: String(sent) })),
    ),
    invalid: fc.oneof(
      notText,
      fc.stringMatching(/^[A-Za-z0-9]{12,40}$/).filter((text) => !/^\d{1,15}$/.test(text)),
      fc.stringMatching(/^[0-9]{16,30}$/),
      fc.stringMatching(/^[A-Za-z]{1,4}[!-/:-@[-`{-~]{1,3}[A-Za-z]{1,4}$/),
      fc.constantFrom('Bänk', 'Банк', '銀行', 'a\u200bb', 'a\nb', ' ', '٣٤', '@bank', 'http://x'),
    ),
    usual: 'Code',
    kept: (v) => v.originator,
  },
  {
    name: 'reference',
    valid: fc.oneof(
      line.map((sent) => ({ sent, kept: sent })),
      fc.nat().map((sent) => ({ sent, kept: String(sent) })),
    ),
    invalid: fc.oneof(notText, tooLong, controlled),
    usual: null,
    kept: (v) => v.reference,
  },
  { name: 'type', ...choice(['sms', 'flash', 'tts']), usual: 'sms', kept: (v) => v.channel },
  {
    name: 'datacoding',
    ...choice(['plain', 'unicode', 'auto']),
    usual: 'plain',
    kept: (v) => v.wording.datacoding,
  },
  {
    name: 'voice',
    channel: 'tts',
    ...choice(['male', 'female']),
    usual: 'female',
    kept: (v) => v.wording.voice,
  },
  {
    name: 'language',
    channel: 'tts',
    ...choice(VOICE_LANGUAGES),
    valid: fc
      .constantFrom(...VOICE_LANGUAGES)
      .chain((kept) => anyCase(kept).map((text) => [kept, text] as const))
      .chain(([kept, text]) =>
        fc.constantFrom(text, text.replaceAll('-', '_')).map((sent) => ({ sent, kept })),
      ),
    usual: 'en-gb',
    kept: (v) => v.wording.language,
  },
  {
    name: 'timeout',
    ...whole(30, 172_800),
    usual: 30,
    kept: (v) => (v.expiresAtMs - v.createdAtMs) / 1000,
  },
  { name: 'tokenLength', ...whole(6, 10), usual: 6, kept: (v) => v.tokenLength },
  {
    name: 'maxAttempts',
    ...whole(1, 10),
    usual: 3,
    kept: (v) => (v.state === 'open' ? v.attemptsLeft : null),
  },
  {
    name: 'subject',
    channel: 'email',
    valid: line.filter((text) => !/[\p{Cf}\p{Co}\p{Cn}]/u.test(text)).map((sent) => ({ sent, kept: sent })),
    invalid: fc.oneof(
      notText,
      tooLong,
      controlled,
      fc.constantFrom('a\u202eb', 'a\u200bb', 'a\ue000b', '\ufeffa', 'a\u2066b'),
    ),
    usual: 'Your code',
    kept: (v) => v.wording.subject,
  },
  {
    name: 'locale',
    valid: fc
      .constantFrom(
        ['nl', 'Uw code is: %token'],
        ['pt', 'O seu código é: %token'],
        ['en', 'Your code is: %token'],
      )
      .chain(([language = '', kept]) =>
        fc
          .constantFrom(language, `${language}-XX`, `${language}_Latn_XX`, language.toUpperCase())
          .map((sent) => ({ sent, kept })),
      ),
    invalid: fc.oneof(
      notText,
      fc.constantFrom(
        'x',
        'english',
        'en-',
        '-en',
        'en--gb',
        'e n',
        'en;q=0.5',
        'n\u0130',
        '..',
        'x'.repeat(40),
      ),
    ),
    usual: 'Your code is: %token',
    kept: (v) => v.wording.template,
  },
  {
    name: 'reportUrl',
    valid: fc.webUrl().map((sent) => ({ sent, kept: TAKEN })),
    invalid: fc.oneof(
      notText,
      fc.constantFrom('nowhere', 'ftp://x.example', 'javascript:alert(1)', '//x.example', 'http://', ' '),
      fc.constant(`https://x.example/${'y'.repeat(2_048)}`),
    ),
    usual: TAKEN,
    kept: () => TAKEN,
  },
  {
    name: 'returnToken',
    valid: fc.oneof(
      fc.boolean().map((sent) => ({ sent, kept: TAKEN })),
      padded(fc.constantFrom('true', 'TRUE', 'false', '1', '0')).map((sent) => ({ sent, kept: TAKEN })),
      fc.constantFrom(0, 1).map((sent) => ({ sent, kept: TAKEN })),
    ),
    invalid: fc.oneof(object, array, fc.constantFrom('yes', 'no', 'on', '2', 'truee', 'null', 2, -1, 0.5)),
    usual: TAKEN,
    kept: () => TAKEN,
  },
];
