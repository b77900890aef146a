import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CountryCode, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { isProblem } from '../kernel/failure.ts';
import { keyText, type Recipient, readCountry, readRecipient } from './recipient.ts';

const phone = (typed: string, country: string | null = null): string | null => {
  const read = readRecipient(typed, 'sms', country);
  return isProblem(read) ? null : read.address;
};
const email = (typed: string): string | null => {
  const read = readRecipient(typed, 'email');
  return isProblem(read) ? null : read.address;
};
const hint = (typed: string, country: string | null = null): string => {
  const read = readRecipient(typed, 'sms', country);
  return isProblem(read) ? `${read.message} ${read.hint}` : '';
};

// Zeros of scripts in which somebody may type a number.
const ZEROS = ['0', '０', '٠', '۰', '०', '০', '๐', '𝟎', '߀', '၀'];
const inScript = (text: string, zero: string): string =>
  text.replace(/\d/g, (digit) => String.fromCodePoint((zero.codePointAt(0) ?? 0) + Number(digit)));

const countries = Object.keys(examples) as CountryCode[];
const number = fc.constantFrom(...countries).map((country) => {
  const found = getExampleNumber(country, examples);
  assert.ok(found, `libphonenumber has an example for ${country}`);
  return found;
});

/** The fastest of five runs: a busy machine makes some slow, a bad algorithm makes all of them slow. */
function fastestMs(work: () => unknown): number {
  const runs = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  return Math.min(...runs);
}

test('a number is the same however its spaces, dashes, brackets, prefix and digits are typed', () => {
  const separator = fc.constantFrom(' ', '-', '\u00a0', '\u202f', '.', '–', '‑', '/', '  ');
  const property = fc.property(
    number,
    separator,
    fc.constantFrom('+', '＋', '00', ''),
    fc.constantFrom(...ZEROS),
    fc.constantFrom('', ' ', '\t', '\u00a0', '\n'),
    (wanted, between, prefix, zero, around) => {
      const international = wanted.formatInternational().slice(1).replaceAll(' ', between);
      const typed = around + inScript(prefix + international, zero) + around;
      assert.equal(phone(typed), wanted.number, JSON.stringify(typed));
    },
  );
  fc.assert(property, { numRuns: 4_000 });
});

test('a national spelling and its country are the number, in every country of the metadata', () => {
  for (const country of countries) {
    const wanted = getExampleNumber(country, examples);
    assert.ok(wanted);
    assert.equal(phone(wanted.formatNational(), country), wanted.number, wanted.formatNational());
    assert.equal(phone(wanted.number, country), wanted.number);
    assert.equal(phone(wanted.number.replace('+', '00'), country), wanted.number);
  }
});

test('the trunk zero in brackets is left out where it does not belong', () => {
  const withTrunkZero = [
    'NL',
    'DE',
    'GB',
    'FR',
    'BE',
    'AT',
    'CH',
    'SE',
    'AU',
    'NZ',
    'ZA',
    'TR',
    'TH',
    'ID',
    'IE',
  ];
  for (const country of withTrunkZero as CountryCode[]) {
    const wanted = getExampleNumber(country, examples);
    assert.ok(wanted);
    const typed = `+${wanted.countryCallingCode} (0)${wanted.nationalNumber}`;
    assert.equal(phone(typed), wanted.number, typed);
    assert.equal(phone(`+${wanted.countryCallingCode}0${wanted.nationalNumber}`), wanted.number);
  }
});

test('whatever is taken as a number is E.164, and reading it again changes nothing', () => {
  const piece = fc.constantFrom(...'0123456789+() -.０٣۴'.split(''), '00', '31', '44', '1', '\u00a0');
  const typed = fc.oneof(
    fc.array(piece, { minLength: 3, maxLength: 24 }).map((pieces) => pieces.join('')),
    fc.stringMatching(/^\+?[0-9]{3,17}$/),
  );
  const country = fc.option(fc.constantFrom(...countries));
  let taken = 0;
  const property = fc.property(typed, country, (text, countryCode) => {
    const read = phone(text, countryCode);
    if (read === null) return;
    taken += 1;
    assert.match(read, /^\+[1-9]\d{4,14}$/);
    assert.equal(phone(read), read);
    assert.equal(phone(read, countryCode), read);
    assert.equal(phone(` ${read.replace('+', '00')} `), read);
  });
  fc.assert(property, { numRuns: 8_000 });
  assert.ok(taken > 500, `only ${taken} of the spellings were numbers`);
});

test('a trunk zero too many is refused, not half taken away: one recipient has one number', () => {
  for (const typed of ['+31 00 6 12345678', '0031006 12345678', '+31 (0)0612345678']) {
    assert.ok([null, '+31612345678'].includes(phone(typed)), typed);
  }
});

test('emergency and other short numbers are refused, alone and with a country', () => {
  const short = [
    '112',
    '110',
    '911',
    '999',
    '18',
    '116117',
    '08000',
    '+31112',
    '+49110',
    '+43112',
    '+391',
    '+44999',
  ];
  for (const typed of short) assert.equal(phone(typed), null, typed);
  for (const country of countries) {
    for (const typed of ['112', '911', '999', '110'])
      assert.equal(phone(typed, country), null, `${typed} ${country}`);
  }
});

test('a number with an extension is refused with words about it', () => {
  const spellings = [' ext. 5', ' ext 12', ';ext=5', ',5', '#5', ' x5', ' extension 5', ' EXT 5'];
  for (const spelling of spellings) assert.match(hint(`+31612345678${spelling}`), /extension/, spelling);
});

test('a number without its country is told what to add', () => {
  assert.match(hint('0612345678'), /add the country code/);
  assert.match(hint('٠612345678'), /add the country code/);
  assert.match(hint('user@example.com'), /type=email/);
});

test('text that is no number is refused, and nothing makes the reader throw or hang', () => {
  for (const typed of [
    '',
    ' ',
    '+',
    '00',
    'call me',
    '1-800-FLOWERS',
    '+31 6 12x45678',
    '++31612345678',
    '\0',
  ])
    assert.equal(phone(typed), null, JSON.stringify(typed));
  const channels = fc.constantFrom('sms', 'email', 'tts', 'flash');
  const property = fc.property(fc.string({ unit: 'binary', maxLength: 400 }), channels, (text, channel) => {
    const read = readRecipient(text, channel, 'NL');
    if (isProblem(read)) assert.equal(read.parameter, 'recipient');
  });
  fc.assert(property, { numRuns: 3_000 });
  for (const text of [
    ' '.repeat(320),
    '('.repeat(320),
    `${'1 '.repeat(159)}x`,
    `a${'.a'.repeat(150)}@b.example`,
  ]) {
    const tookMs = fastestMs(() => [readRecipient(text, 'sms'), readRecipient(text, 'email')]);
    assert.ok(tookMs < 10, JSON.stringify(text.slice(0, 10)));
  }
});

test('an e-mail address is taken bare or in a mailbox, its domain in one form', () => {
  const table: readonly (readonly [typed: string, read: string])[] = [
    ['ann@example.com', 'ann@example.com'],
    [' Ann@EXAMPLE.com ', 'Ann@example.com'],
    ['Ann Lee <ann@example.com>', 'ann@example.com'],
    ['<ann@example.com>', 'ann@example.com'],
    ['"Lee, Ann" <ann+bank@mail.example.co.uk>', 'ann+bank@mail.example.co.uk'],
    ["o'brien_x-1@example.com", "o'brien_x-1@example.com"],
    ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
    ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example'],
    ['用户@例子.example', '用户@xn--fsqu00a.example'],
    ['ann@example。com', 'ann@example.com'],
  ];
  for (const [typed, read] of table) assert.equal(email(typed), read, typed);
});

test('what is no single mailbox is refused', () => {
  const refused = [
    ...['ann', 'ann@', '@example.com', 'ann@example', 'ann@@example.com', 'ann@b@example.com'],
    ...['ann lee@example.com', 'ann@exam ple.com', 'ann@example.com, bob@example.com', '"ann"@example.com'],
    ...['.ann@example.com', 'ann.@example.com', 'a..n@example.com', 'ann@-example.com', 'ann@example-.com'],
    ...['ann@127.0.0.12', 'ann@[127.0.0.1]', 'ann@0x7f.0.0.99', 'ann@example.123', 'ann@example.com.'],
    ...['ann\u0000@example.com', 'ann\r\nBcc: x@example.com', 'ann\u200b@example.com', 'a\ud800@example.com'],
    ...['Ann <ann@example.com', 'Ann <<ann@example.com>>', `${'a'.repeat(65)}@example.com`],
    `ann@${'a.'.repeat(130)}com`,
    `ann@${'a'.repeat(64)}.com`,
  ];
  for (const typed of refused) assert.equal(email(typed), null, JSON.stringify(typed));
});

test('whatever is taken as an address is read again as itself, and letter case makes no other mailbox', () => {
  const property = fc.property(fc.emailAddress(), (address) => {
    const read = readRecipient(address, 'email');
    if (isProblem(read)) return;
    const again = readRecipient(read.address, 'email');
    assert.deepEqual(again, read);
    const shouted = readRecipient(address.toUpperCase(), 'email') as Recipient;
    assert.equal(keyText(shouted), keyText(read));
  });
  fc.assert(property, { numRuns: 1_000 });
});

test('a country is two letters in any case, and one that has telephones', () => {
  assert.equal(readCountry(' nl '), 'NL');
  for (const typed of ['', 'N', 'NLD', 'ZZ', '31', 'UK', 'constructor', '__proto__'])
    assert.equal(readCountry(typed), null, typed);
});
