import type { Factor } from '../factor.ts';
import { toBase32 } from './base32.ts';
import { type OtpauthKey, writeOtpauth } from './otpauth.ts';

/** A factor as its customer takes it elsewhere. It holds the secret. */
export type Portable = {
  readonly user: string;
  readonly factor: Factor;
  /** Of kinds that have one; of `sms`, `tts` and `email` where codes go, as UTF-8. */
  readonly secret: Uint8Array | null;
};

/** The key of an authenticator or a counting token, as apps read it; null of other kinds. The account is the user. */
export function otpauthKeyOf({ user, factor, secret }: Portable, issuer: string): OtpauthKey | null {
  if (secret === null) return null;
  const about = { issuer, account: user, secret };
  if (factor.kind === 'totp') {
    const { algorithm, digits, periodSeconds } = factor.settings;
    return { ...about, kind: 'totp', form: { algorithm, digits }, periodSeconds };
  }
  if (factor.kind !== 'hotp') return null;
  const { algorithm, digits } = factor.settings;
  return { ...about, kind: 'hotp', form: { algorithm, digits }, counter: factor.memory.counter };
}

/** All of a factor that another system needs to go on with it, for one line of JSON. */
export function portableLine(portable: Portable, issuer: string): object {
  const { user, factor } = portable;
  const moment = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    ...{ user, factor: factor.id, kind: factor.kind, name: factor.name },
    ...{ createdAt: moment(factor.createdAtMs), lastUsedAt: moment(factor.lastUsedAtMs) },
    ...ofKind(portable, issuer),
  };
}

function ofKind(portable: Portable, issuer: string): object {
  const { factor } = portable;
  const secret = Buffer.from(portable.secret ?? []);
  const key = otpauthKeyOf(portable, issuer);
  switch (factor.kind) {
    case 'totp':
    case 'hotp':
      return {
        ...{ serial: factor.serial, uri: key === null ? null : writeOtpauth(key) },
        ...(factor.kind === 'totp' ? { driftSteps: factor.memory.drift } : {}),
      };
    case 'ocra':
      return { serial: factor.serial, suite: factor.settings.suite, secret: toBase32(secret) };
    case 'yubikey':
      return {
        ...{ publicId: factor.serial, aesKey: secret.toString('hex', 0, 16) },
        ...{ privateId: secret.toString('hex', 16), counter: factor.memory.counter },
      };
    case 'webauthn': {
      if (factor.memory.state !== 'registered') return {};
      const { mac: _, state: __, counterWentBackAtMs: ___, ...passkey } = factor.memory;
      return { passkey };
    }
    case 'recovery':
      return { codesLeft: factor.digests.length };
    default:
      return { recipient: secret.toString() };
  }
}
