import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { countSegments, ROOM, splitText } from './segments.ts';

const gsm = (text: string) => countSegments(text, 'auto');

describe('the alphabet', () => {
  // 3GPP TS 23.038: 127 characters besides the escape, and ten more behind it.
  const basic =
    '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

  test('has 127 characters of one septet', () => {
    assert.equal([...basic].length, 127);
    assert.deepEqual(gsm(basic), { encoding: 'gsm7', units: 127, capacity: 160, segments: 1, lost: [] });
  });

  test('has ten characters of two septets, the euro sign among them', () => {
    assert.equal(gsm('€').units, 2);
    assert.equal(gsm('\f^{}\\[~]|€').units, 20);
    assert.equal(gsm('\f^{}\\[~]|€').encoding, 'gsm7');
  });

  test('has no grave accent, no small c with cedilla, no tab and no escape character', () => {
    for (const foreign of [
      '`',
      'ç',
      '\t',
      '\u001b',
      'á',
      'Œ',
      '“',
      '–',
      '…',
      '\u00a0',
      'Α',
      'ё',
      '中',
      '😀',
    ]) {
      assert.equal(gsm(foreign).encoding, 'ucs2', JSON.stringify(foreign));
    }
  });
});

describe('the encoding', () => {
  test('of plain text is GSM-7 and names each character it loses once', () => {
    assert.deepEqual(countSegments('çà va ✓✓ ç😀', 'plain'), {
      encoding: 'gsm7',
      units: 11,
      capacity: 160,
      segments: 1,
      lost: ['ç', '✓', '😀'],
    });
  });

  test('of unicode text is UCS-2 even where GSM-7 would do', () => {
    assert.deepEqual(countSegments('Your code is 482913', 'unicode'), {
      encoding: 'ucs2',
      units: 19,
      capacity: 70,
      segments: 1,
      lost: [],
    });
  });

  test('is chosen by auto: GSM-7 as long as nothing is lost', () => {
    assert.equal(countSegments('Ihr Code für Zürich: 482913 €', 'auto').encoding, 'gsm7');
    assert.equal(countSegments('Tu código es 482913', 'auto').encoding, 'ucs2');
  });
});

describe('the number of segments', () => {
  const cases: [
    text: string,
    datacoding: 'plain' | 'unicode' | 'auto',
    units: number,
    segments: number,
    why: string,
  ][] = [
    ['', 'auto', 0, 1, 'an empty text is still one message'],
    ['a'.repeat(160), 'auto', 160, 1, '160 septets fit'],
    ['a'.repeat(161), 'auto', 161, 2, 'one more makes two parts of 153'],
    ['a'.repeat(306), 'auto', 306, 2, 'two full parts'],
    ['a'.repeat(307), 'auto', 307, 3, 'three'],
    ['€'.repeat(80), 'auto', 160, 1, 'eighty pairs fit'],
    [`${'a'.repeat(152)}€${'a'.repeat(7)}`, 'auto', 161, 2, 'the pair moves whole to the second part'],
    [`${'a'.repeat(152)}€${'a'.repeat(151)}`, 'auto', 305, 2, 'and leaves one septet of the first unused'],
    [`${'a'.repeat(152)}€${'a'.repeat(152)}`, 'auto', 306, 3, 'so 306 septets can need three parts'],
    ['é'.repeat(70), 'unicode', 70, 1, '70 units fit'],
    ['é'.repeat(71), 'unicode', 71, 2, 'one more makes two parts of 67'],
    ['中'.repeat(134), 'auto', 134, 2, 'two full parts'],
    ['中'.repeat(135), 'auto', 135, 3, 'three'],
    ['😀'.repeat(35), 'auto', 70, 1, '35 surrogate pairs fit'],
    ['😀'.repeat(67), 'auto', 134, 3, '33 pairs fit into a part of 67, not 33 and a half'],
    [`${'中'.repeat(66)}😀${'中'.repeat(65)}`, 'auto', 133, 2, 'the pair moves whole to the second part'],
    ['✓'.repeat(161), 'plain', 161, 2, 'a lost character is sent as one question mark'],
  ];
  for (const [text, datacoding, units, segments, why] of cases) {
    test(`is ${segments} for ${units} units, ${datacoding}: ${why}`, () => {
      const counted = countSegments(text, datacoding);
      assert.deepEqual([counted.units, counted.segments], [units, segments]);
      assert.ok(counted.units <= counted.capacity);
    });
  }
});

test('texts of every kind take as many segments as somebody else counts, and are split without a loss', () => {
  const letter = fc.constantFrom(...'abc xyz 019 €{}[]~^|\\@£ΔéÄñ\n', 'ç', 'я', '中', '😀', '’');
  const plain = fc.constantFrom(...'abc xyz 019 €{}[]~^|\\@£ΔéÄñ\n');
  const text = fc.oneof(
    fc.string({ unit: plain, maxLength: 400 }),
    fc.string({ unit: letter, maxLength: 250 }),
  );
  const property = fc.property(text, (said) => {
    const { encoding, segments } = countSegments(said, 'auto');
    const other = new SegmentedMessage(said, 'auto');
    assert.equal(encoding === 'gsm7' ? 'GSM-7' : 'UCS-2', other.getEncodingName());
    assert.equal(segments, Math.max(1, other.segmentsCount));
    if (encoding === 'gsm7') return;
    const parts = splitText(said, ROOM.ucs2, ({ length }) => length);
    assert.equal(parts.length, segments);
    assert.equal(parts.join(''), said);
    assert.ok(parts.every((part) => part.isWellFormed()));
  });
  fc.assert(property, { numRuns: 500 });
});
