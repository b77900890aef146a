import assert from 'node:assert/strict';
import test from 'node:test';
import { type Factor, NEW_TRIES } from '../factor.ts';
import { isTokenFile, type Token } from '../token.ts';
import { readTokenCsv } from '../token-csv.ts';
import { readOtpauth, writeOtpauth } from './otpauth.ts';
import { otpauthKeyOf, portableLine, tokenCsvLine, tokenLine } from './portable.ts';

const ABOUT = {
  ...{ id: 'f'.repeat(32), projectId: 'default', mode: 'live' as const, userKey: '0'.repeat(32), name: null },
  ...{ createdAtMs: 0, confirmedAtMs: 1, lastUsedAtMs: null, tries: NEW_TRIES },
} as const;
const SEALED = new Uint8Array();
const SECRET = Buffer.from('12345678901234567890');

const lineOf = (factor: Factor, secret: Uint8Array | null) =>
  portableLine({ user: 'ann', factor, secret, userHandle: 'handle' }, 'Bird & Bank') as Record<
    string,
    unknown
  >;

test('a keypad token is told by its suite and secret, a YubiKey by its identities, key and counter', () => {
  const suite = 'OCRA-1:HOTP-SHA1-6:QN08';
  const ocra = lineOf(
    { ...ABOUT, kind: 'ocra', settings: { suite }, memory: {}, sealedSecret: SEALED, serial: 'T-1' },
    SECRET,
  );
  assert.deepEqual(
    [ocra.serial, ocra.suite, ocra.secret],
    ['T-1', suite, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
  );
  const yubikey = lineOf(
    {
      ...ABOUT,
      kind: 'yubikey',
      settings: {},
      memory: { counter: 513 },
      sealedSecret: SEALED,
      serial: 'cccc',
    },
    Buffer.from('000102030405060708090a0b0c0d0e0fa1a2a3a4a5a6', 'hex'),
  );
  assert.deepEqual(
    [yubikey.publicId, yubikey.aesKey, yubikey.privateId, yubikey.counter],
    ['cccc', '000102030405060708090a0b0c0d0e0f', 'a1a2a3a4a5a6', 513],
  );
});

test('a passkey is told whole, without what binds it to our own row', () => {
  const passkey = {
    ...{ credentialId: 'id', publicKey: 'key', algorithm: -7 as const, aaguid: 'a', attestation: 'none' },
    ...{ transports: ['usb'], discoverable: true, backupEligible: false, backedUp: false, counter: 3 },
  } as const;
  const told = lineOf(
    {
      ...{ ...ABOUT, kind: 'webauthn' },
      settings: {
        ...{ residentKey: 'preferred', attachment: null, userVerification: 'preferred', sessionKey: null },
      },
      memory: { state: 'registered', mac: 'our own', counterWentBackAtMs: null, ...passkey },
    },
    null,
  );
  assert.deepEqual(told.passkey, passkey);
  assert.equal(told.userHandle, 'handle', 'authenticators tell it back');
  assert.doesNotMatch(JSON.stringify(told), /our own/);
});

test('the key of an authenticator reads back as it was, whatever stands in the names', () => {
  const settings = { algorithm: 'SHA512', digits: 8, periodSeconds: 60, mostDriftSteps: 3 } as const;
  const memory = { lastStep: 7, drift: -2 };
  const factor: Factor = { ...ABOUT, kind: 'totp', settings, memory, sealedSecret: SEALED, serial: null };
  const key = otpauthKeyOf(
    { user: 'ann~1@example.com', factor, secret: SECRET, userHandle: null },
    'Bird & Bank',
  );
  assert.ok(key !== null);
  assert.deepEqual(readOtpauth(writeOtpauth(key)), { ...key, secret: Buffer.from(SECRET) });
  assert.equal(lineOf(factor, SECRET).driftSteps, -2);
});

test('a token of every kind is taken back into a stock as it was, with its counter', () => {
  const about = { projectId: 'default', mode: 'live', state: 'stock', sealedSecret: SEALED } as const;
  const more = { ...about, factorId: null, createdAtMs: 0 };
  const form = { algorithm: 'SHA256', digits: 8 } as const;
  const suite = 'OCRA-1:HOTP-SHA1-6:QN08';
  const tokens: readonly Token[] = [
    { ...more, serial: 'H-1', kind: 'hotp', settings: form, memory: { counter: 41 } },
    {
      ...{ ...more, serial: 'T-1', kind: 'totp', memory: { lastStep: null, drift: 0 } },
      settings: { ...form, periodSeconds: 60, mostDriftSteps: 10 },
    },
    { ...more, serial: 'O-1', kind: 'ocra', settings: { suite }, memory: {} },
    { ...more, serial: 'cccc', kind: 'yubikey', settings: {}, memory: { counter: 513 } },
    { ...more, serial: 'cccd', kind: 'yubikey', settings: {}, memory: { counter: -1 } },
  ];
  const secretOf = ({ kind }: Token) => (kind === 'yubikey' ? Buffer.alloc(22, 7) : SECRET);
  const lines = tokens.map((token) => tokenCsvLine({ token, secret: secretOf(token) }));
  const read = readTokenCsv(lines.join('\n'));
  assert.ok(isTokenFile(read), JSON.stringify(read));
  assert.deepEqual(
    read.map(({ secret, ...seed }) => ({ ...seed, secret: Buffer.from(secret) })),
    tokens.map((token) => {
      const { serial, kind, settings, memory } = token;
      return { serial, kind, settings, memory, secret: secretOf(token) };
    }),
  );
  const [told] = tokens.map((token) => tokenLine({ token, secret: SECRET }, 'Bank'));
  assert.deepEqual(told, {
    ...{ token: 'H-1', state: 'stock', kind: 'hotp', createdAt: '1970-01-01T00:00:00.000Z' },
    uri: 'otpauth://hotp/Bank:H-1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bank&algorithm=SHA256&digits=8&counter=41',
  });
});
