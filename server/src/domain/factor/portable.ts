import { SLOW_HASH } from '../../kernel/slow-hash.ts';
import type { Factor, RecoveryFactor } from '../factor.ts';
import type { Token, TokenMake } from '../token.ts';
import { toBase32 } from './base32.ts';
import { type OtpauthKey, writeOtpauth } from './otpauth.ts';

/** A factor as its customer takes it elsewhere. It holds the secret. */
export type PortableFactor = {
  readonly user: string;
  readonly factor: Factor;
  /** Of kinds that have one; of `sms`, `tts` and `email` where codes go, as UTF-8. */
  readonly secret: Uint8Array | null;
  /** Of passkeys: what authenticators call the user, base64url; null of other kinds. */
  readonly userHandle: string | null;
};
/** A hardware token that nobody holds. */
export type PortableToken = { readonly token: Token; readonly secret: Uint8Array };
export type Portable = PortableFactor | PortableToken;

/** The key of an authenticator or a counting token, as apps read it; null of other kinds. The account is the user. */
export function otpauthKeyOf({ user, factor, secret }: PortableFactor, issuer: string): OtpauthKey | null {
  if (secret === null || (factor.kind !== 'totp' && factor.kind !== 'hotp')) return null;
  return keyOf(factor, { issuer, account: user, secret });
}

function keyOf(
  make: TokenMake,
  about: { readonly issuer: string; readonly account: string; readonly secret: Uint8Array },
): OtpauthKey | null {
  if (make.kind === 'totp') {
    const { algorithm, digits, periodSeconds } = make.settings;
    return { ...about, kind: 'totp', form: { algorithm, digits }, periodSeconds };
  }
  if (make.kind !== 'hotp') return null;
  const { algorithm, digits } = make.settings;
  return { ...about, kind: 'hotp', form: { algorithm, digits }, counter: make.memory.counter };
}

const moment = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** All of a factor that another system needs to go on with it, for one line of JSON. */
export function portableLine(portable: PortableFactor, issuer: string): object {
  const { user, factor } = portable;
  return {
    ...{ user, factor: factor.id, kind: factor.kind, name: factor.name },
    ...{ createdAt: moment(factor.createdAtMs), lastUsedAt: moment(factor.lastUsedAtMs) },
    ...ofKind(portable, issuer),
  };
}

/** All of a token that nobody holds, for one line of JSON. The account of its address is its serial number. */
export function tokenLine({ token, secret }: PortableToken, issuer: string): object {
  const { serial, state, kind, createdAtMs } = token;
  const about = { token: serial, state, kind, createdAt: moment(createdAtMs) };
  return { ...about, ...ofMake(token, { issuer, account: serial, secret }) };
}

/** A token in the stock as a line that the stock is filled by, with its counter. */
export function tokenCsvLine({ token, secret }: PortableToken): string {
  const { serial, kind } = token;
  const start = [serial, Buffer.from(secret).toString('hex'), kind];
  switch (kind) {
    case 'totp': {
      const { digits, periodSeconds, algorithm } = token.settings;
      return [...start, digits, periodSeconds, algorithm].join(',');
    }
    case 'hotp':
      return [...start, token.settings.digits, token.memory.counter, token.settings.algorithm].join(',');
    case 'ocra':
      return [...start, '', '', token.settings.suite].join(',');
    default:
      return [...start, '', token.memory.counter < 0 ? '' : token.memory.counter, ''].join(',');
  }
}

function ofKind(portable: PortableFactor, issuer: string): object {
  const { factor, user, userHandle } = portable;
  const secret = Buffer.from(portable.secret ?? []);
  switch (factor.kind) {
    case 'totp':
    case 'hotp':
    case 'ocra':
    case 'yubikey':
      return { serial: factor.serial, ...ofMake(factor, { issuer, account: user, secret }) };
    case 'webauthn': {
      if (factor.memory.state !== 'registered') return {};
      const { mac: _, state: __, counterWentBackAtMs: ___, ...passkey } = factor.memory;
      return { passkey, userHandle };
    }
    case 'recovery':
      return ofRecovery(factor);
    default:
      return { recipient: secret.toString() };
  }
}

/** What it is made of, besides its serial number. */
function ofMake(make: TokenMake & { readonly serial: string | null }, about: Parameters<typeof keyOf>[1]) {
  const secret = Buffer.from(about.secret);
  switch (make.kind) {
    case 'totp':
    case 'hotp': {
      const key = keyOf(make, about);
      const uri = key === null ? null : writeOtpauth(key);
      return { uri, ...(make.kind === 'totp' ? { driftSteps: make.memory.drift } : {}) };
    }
    case 'ocra':
      return { suite: make.settings.suite, secret: toBase32(secret) };
    default:
      return {
        ...{ publicId: make.serial, aesKey: secret.toString('hex', 0, 16) },
        ...{ privateId: secret.toString('hex', 16), counter: make.memory.counter },
      };
  }
}

/** Whoever holds the master key can judge codes by these; nobody can tell a code from them. */
const ofRecovery = ({ salt, digests }: RecoveryFactor): object => ({
  ...{ codesLeft: digests.length, codes: null, digests, salt, hash: SLOW_HASH },
  note: 'the codes are not kept: each digest is a MAC of their hash under the master key, bound to project, mode and factor',
});
