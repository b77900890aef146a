import assert from 'node:assert/strict';
import test from 'node:test';
import { type OcraInput, ocra, readSuite } from './ocra.ts';

const KEY = '1234567890'.repeat(7);
const key = (bytes: number) => Buffer.from(KEY.slice(0, bytes));
const KEY_BYTES = { SHA1: 20, SHA256: 32, SHA512: 64 } as const;
const T = 0x132d0b6;
const repeated = (digit: number) => String(digit).repeat(8);

type Row = readonly [OcraInput, string];
const rows = (codes: string, input: (i: number) => OcraInput): Row[] =>
  codes.split(' ').map((code, i) => [input(i), code]);

// RFC 6287, appendix C.
const TABLES: readonly (readonly [suite: string, rows: readonly Row[]])[] = [
  [
    'OCRA-1:HOTP-SHA1-6:QN08',
    rows('237653 243178 653583 740991 608993 388898 816933 224598 750600 294470', (i) => ({
      question: repeated(i),
    })),
  ],
  [
    'OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1',
    rows(
      '65347737 86775851 78192410 71565254 10104329 65983500 70069104 91771096 75011558 08522129',
      (counter) => ({ counter, question: '12345678', pin: '1234' }),
    ),
  ],
  [
    'OCRA-1:HOTP-SHA256-8:QN08-PSHA1',
    rows('83238735 01501458 17957585 86776967 86807031', (i) => ({ question: repeated(i), pin: '1234' })),
  ],
  [
    'OCRA-1:HOTP-SHA512-8:C-QN08',
    rows(
      '07016083 63947962 70123924 25341727 33203315 34205738 44343969 51946085 20403879 31409299',
      (counter) => ({ counter, question: repeated(counter) }),
    ),
  ],
  [
    'OCRA-1:HOTP-SHA512-8:QN08-T1M',
    rows('95209754 55907591 22048402 24218844 36209546', (i) => ({ question: repeated(i), timeSteps: T })),
  ],
  [
    'OCRA-1:HOTP-SHA256-8:QA08',
    rows('28247970 01984843 65387857 03351211 83412541', (i) => ({ question: `CLI2222${i}SRV1111${i}` })),
  ],
  [
    'OCRA-1:HOTP-SHA256-8:QA08',
    rows('15510767 90175646 33777207 95285278 28934924', (i) => ({ question: `SRV1111${i}CLI2222${i}` })),
  ],
  [
    'OCRA-1:HOTP-SHA512-8:QA08',
    rows('79496648 76831980 12250499 90856481 12761449', (i) => ({ question: `CLI2222${i}SRV1111${i}` })),
  ],
  [
    'OCRA-1:HOTP-SHA512-8:QA08-PSHA1',
    rows('18806276 70020315 01600026 18951020 32528969', (i) => ({
      ...{ question: `SRV1111${i}CLI2222${i}`, pin: '1234' },
    })),
  ],
  [
    'OCRA-1:HOTP-SHA256-8:QA08',
    rows('53095496 04110475 31331128 76028668 46554205', (i) => ({ question: `SIG1${i}000` })),
  ],
  [
    'OCRA-1:HOTP-SHA512-8:QA10-T1M',
    rows('77537423 31970405 10235557 95213541 65360607', (i) => ({
      ...{ question: `SIG1${i}00000`, timeSteps: T },
    })),
  ],
];

for (const [text, table] of TABLES) {
  test(`the answers of RFC 6287, appendix C, come out: ${text} ${table[0]?.[0].question}`, () => {
    const suite = readSuite(text);
    assert.ok(suite !== null);
    for (const [input, code] of table)
      assert.equal(ocra(suite, key(KEY_BYTES[suite.algorithm]), input), code);
  });
}

test('what is no suite is not read', () => {
  for (const text of [
    '',
    'OCRA-2:HOTP-SHA1-6:QN08',
    'OCRA-1:HOTP-MD5-6:QN08',
    'OCRA-1:HOTP-SHA1-3:QN08',
    'OCRA-1:HOTP-SHA1-6:QN03',
    'OCRA-1:HOTP-SHA1-6:QN65',
    'OCRA-1:HOTP-SHA1-6:QN08-T60M',
    'OCRA-1:HOTP-SHA1-6:QN08 ',
  ]) {
    assert.equal(readSuite(text), null, text);
  }
  assert.equal(readSuite('OCRA-1:HOTP-SHA1-6:QN08-T48H')?.stepSeconds, 172_800);
});
