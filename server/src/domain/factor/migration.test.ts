import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { ALGORITHMS, CODE_DIGITS } from './hotp.ts';
import { isMigration, readMigration, writeMigration } from './migration.ts';
import type { OtpauthKey } from './otpauth.ts';

const ADDRESS = 'otpauth-migration://offline?data=';
const SECRET = Buffer.from('12345678901234567890');

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter((text) => text.isWellFormed())
  .map((text) => text.replace(/[:\s]/gu, '') || 'x');
const about = {
  issuer: fc.option(name),
  account: name,
  secret: fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  form: fc.record(
    { algorithm: fc.constantFrom(...ALGORITHMS), digits: fc.constantFrom(...CODE_DIGITS) },
    { noNullPrototype: true },
  ),
};
const plain = { noNullPrototype: true };
const keys: fc.Arbitrary<OtpauthKey> = fc.oneof(
  fc.record({ ...about, kind: fc.constant('totp' as const), periodSeconds: fc.constant(30 as const) }, plain),
  fc.record({ ...about, kind: fc.constant('hotp' as const), counter: fc.maxSafeNat() }, plain),
);

function keysIn(address: string): readonly OtpauthKey[] {
  const read = readMigration(address);
  assert.ok(!('message' in read), JSON.stringify(read));
  return read.keys;
}

test('every list of keys survives being written and read, in parts of ten', () => {
  const property = fc.property(fc.array(keys, { minLength: 1, maxLength: 25 }), fc.nat(), (list, batch) => {
    const addresses = writeMigration(list, batch);
    assert.equal(addresses.length, Math.ceil(list.length / 10));
    assert.deepEqual(addresses.flatMap(keysIn), list);
    addresses.forEach((address, part) => {
      assert.ok(isMigration(address));
      const read = readMigration(address);
      assert.ok('keys' in read);
      assert.deepEqual([read.part, read.parts, read.batch], [part, addresses.length, batch]);
    });
  });
  fc.assert(property, { numRuns: 300 });
});

// Bytes as the app writes them: key { secret, name, issuer, SHA1, six digits, TOTP }, version 1, one part.
const AS_WRITTEN = Buffer.concat([
  ...[Buffer.from('0a', 'hex'), Buffer.from([53])],
  ...[Buffer.from('0a14', 'hex'), SECRET, Buffer.from('120d', 'hex'), Buffer.from('BirdBank: ann')],
  ...[Buffer.from('1a08', 'hex'), Buffer.from('BirdBank'), Buffer.from('200128013002', 'hex')],
  Buffer.from('1001180120002890a4b8f5fbffffffff01', 'hex'),
]);

test('a payload as apps write it is read, with a negative batch and in either base64 alphabet', () => {
  const expected = {
    ...{ kind: 'totp', issuer: 'BirdBank', account: 'ann', secret: SECRET, periodSeconds: 30 },
    form: { algorithm: 'SHA1', digits: 6 },
  };
  const padded = AS_WRITTEN.toString('base64');
  for (const data of [padded, encodeURIComponent(padded), AS_WRITTEN.toString('base64url')]) {
    const read = readMigration(ADDRESS + data);
    assert.ok('keys' in read, JSON.stringify(read));
    assert.deepEqual(read.keys, [expected]);
    assert.ok(read.batch < 0);
  }
});

const payload = (hexText: string) =>
  ADDRESS + encodeURIComponent(Buffer.from(hexText, 'hex').toString('base64'));
const KEY = `0a14${SECRET.toString('hex')}`;
const withKey = (more: string): string => {
  const message = KEY + more;
  return payload(`0a${(message.length / 2).toString(16).padStart(2, '0')}${message}`);
};
const REFUSED: readonly (readonly [text: string, why: RegExp])[] = [
  ['otpauth-migration://online?data=AA', /a whole payload/],
  [ADDRESS, /a whole payload/],
  [`${ADDRESS}***`, /a whole payload/],
  [`${ADDRESS}%`, /a whole payload/],
  [payload('0a'), /a whole payload/],
  [payload('0aff01'), /a whole payload/],
  [payload('ffffffffffffffffffffff'), /a whole payload/],
  [payload('1001'), /holds no key/],
  [payload('0a020a00'), /16 to 128 bytes/],
  [payload('0a050a03010203'), /16 to 128 bytes/],
  [payload('0a00'), /16 to 128 bytes/],
  [payload('0801'), /holds no key|cannot be read/],
  [withKey('20043002'), /SHA1, SHA256 or SHA512/],
  [withKey('28033002'), /6 or 8 digits/],
  [withKey('3003'), /neither TOTP nor HOTP/],
  [withKey(''), /neither TOTP nor HOTP/],
  [withKey('1201ff3002'), /not UTF-8/],
  [`${withKey('3002')}${encodeURIComponent('')}${'A'.repeat(9_000)}`, /longer than 8192/],
];

for (const [text, why] of REFUSED) {
  test(`a migration address is refused with the reason: ${text.slice(0, 80)}`, () => {
    const read = readMigration(text);
    assert.ok('message' in read, JSON.stringify(read));
    assert.match(read.message, why);
    assert.equal(read.parameter, 'uri');
  });
}

test('a part that is not of its whole is refused', () => {
  const [address = ''] = writeMigration(
    [
      {
        kind: 'hotp',
        counter: 1,
        issuer: null,
        account: 'a',
        secret: SECRET,
        form: { algorithm: 'SHA1', digits: 6 },
      },
    ],
    7,
  );
  const bytes = Buffer.from(decodeURIComponent(address.slice(ADDRESS.length)), 'base64');
  const outside = Buffer.concat([bytes, Buffer.from('2005', 'hex')]).toString('base64url');
  const read = readMigration(ADDRESS + outside);
  assert.ok('message' in read);
  assert.match(read.message, /not of the whole/);
});

test('no bytes make the reader throw', () => {
  const messages = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .record({ at: fc.nat({ max: AS_WRITTEN.length - 1 }), byte: fc.nat({ max: 255 }) })
      .map(({ at, byte }) => Buffer.from(AS_WRITTEN).fill(byte, at, at + 1)),
  );
  const property = fc.property(messages, (message) => {
    readMigration(ADDRESS + Buffer.from(message).toString('base64url'));
  });
  fc.assert(property, { numRuns: 3_000 });
});
