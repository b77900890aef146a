import assert from 'node:assert/strict';
import test from 'node:test';
import { writeMigration } from './factor/migration.ts';
import { type OtpauthKey, writeOtpauth } from './factor/otpauth.ts';
import { isTokenFile, type TokenFile } from './token.ts';
import { readTokenAddresses } from './token-otpauth.ts';

const key = (account: string, more: object = {}): OtpauthKey => ({
  ...{ kind: 'totp', issuer: 'Old Bank', account, secret: Buffer.from('12345678901234567890') },
  ...{ form: { algorithm: 'SHA256', digits: 8 }, periodSeconds: 30, ...more },
});
const taken = (read: TokenFile) => {
  assert.ok(isTokenFile(read), JSON.stringify(read));
  return read;
};
const refused = (read: TokenFile): string => {
  assert.ok(!isTokenFile(read), 'it was taken');
  return read.problems.join('; ');
};

test('addresses of single keys and of whole migrations are taken, with all that they say', () => {
  const many = Array.from({ length: 23 }, (_, i) => key(`user-${i}`));
  const hotp = { kind: 'hotp', counter: 41, periodSeconds: undefined };
  const text = [
    writeOtpauth(key('ann@example.com')),
    '',
    ...writeMigration([...many, key('h', hotp)], 5),
  ].join('\r\n');
  const tokens = taken(readTokenAddresses(text));
  assert.equal(tokens.length, 25);
  const [first] = tokens;
  assert.equal(first?.serial, 'ann-example.com');
  assert.deepEqual(first?.settings, {
    algorithm: 'SHA256',
    digits: 8,
    periodSeconds: 30,
    mostDriftSteps: 10,
  });
  assert.deepEqual([tokens.at(-1)?.kind, tokens.at(-1)?.memory], ['hotp', { counter: 41 }]);
});

test('a migration of which a part is missing is refused, and each part that is missing is named', () => {
  const [first = '', , third = ''] = writeMigration(
    Array.from({ length: 25 }, (_, i) => key(`user-${i}`)),
    5,
  );
  assert.equal(
    refused(readTokenAddresses(third)),
    'part 1 of 3 of the migration is missing; part 2 of 3 of the migration is missing',
  );
  assert.match(refused(readTokenAddresses(`${first}\n${third}`)), /^part 2 of 3/);
});

test('problems name their line and no secret', () => {
  const text = `${writeOtpauth(key('a'))}\nhttps://example.com\n${writeOtpauth(key('a'))}`;
  const problems = refused(readTokenAddresses(text));
  assert.match(problems, /^line 2: /);
  assert.doesNotMatch(problems, /GEZD/);
  assert.match(
    refused(readTokenAddresses(`${writeOtpauth(key('a'))}\n${writeOtpauth(key('a'))}`)),
    /a is listed twice/,
  );
  assert.match(refused(readTokenAddresses('')), /lists no token/);
  assert.match(refused(readTokenAddresses('x\n'.repeat(3_000))), /more than 2000 lines/);
});
