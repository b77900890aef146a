import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { isSignedBy, privateKeyFrom, publicKeyFrom } from '../kernel/ed25519.ts';
import type { ApprovedChallenge } from './challenge.ts';
import type { FactorKind } from './factor.ts';
import type { Mode } from './scope.ts';

/** What a proof says (RFC 7519 names where it has them). Times are seconds since the epoch. */
export type ProofClaims = {
  readonly iss: string;
  readonly aud: string;
  /** The customer's own name for the user. */
  readonly sub: string;
  /** The challenge: a proof is redeemed under this id, once. */
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly auth_time: number;
  readonly project: string;
  readonly mode: Mode;
  readonly purpose: string;
  /** By what it was proved (RFC 8176 where it has a name). */
  readonly amr: readonly string[];
  readonly level: ProofLevel;
  readonly factor: string;
  /** SHA-256 of the transaction that was approved, 64 hexadecimal characters; absent when there was none. */
  readonly transaction?: string;
};

/** `restricted`: it came over a phone network, by mail or to an account that a phone number opens, which others may read. `standard`: it did not. */
export type ProofLevel = 'restricted' | 'standard';

/** How long a proof is good, in seconds. */
export const PROOF_SECONDS = 300;
const TYPE = 'roost-proof+jwt';

const METHODS: { readonly [kind in FactorKind]: readonly [amr: string, level: ProofLevel] } = {
  totp: ['otp', 'standard'],
  hotp: ['otp', 'standard'],
  ocra: ['otp', 'standard'],
  yubikey: ['otp', 'standard'],
  webauthn: ['pop', 'standard'],
  recovery: ['recovery', 'standard'],
  sms: ['sms', 'restricted'],
  tts: ['tel', 'restricted'],
  email: ['email', 'restricted'],
  whatsapp: ['whatsapp', 'restricted'],
};

/** What an answered challenge proves. The same challenge, the same claims. */
export function claimsOf(challenge: ApprovedChallenge, user: string, issuer: string): ProofClaims {
  const { approval, closedAtMs, transaction, webauthn } = challenge;
  const [amr, level] = METHODS[approval.kind];
  const provedAt = Math.floor(closedAtMs / 1000);
  return {
    ...{ iss: issuer, aud: challenge.audience, sub: user, jti: challenge.id },
    ...{ iat: provedAt, exp: provedAt + PROOF_SECONDS, auth_time: provedAt },
    ...{ project: challenge.projectId, mode: challenge.mode, purpose: challenge.purpose },
    ...{ amr: webauthn?.userVerified === true ? [amr, 'mfa'] : [amr], level, factor: approval.factorId },
    ...(transaction === null ? {} : { transaction: transaction.digest }),
  };
}

/** One key that signs proofs. */
export type SigningKey = {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** The public key, 32 bytes as base64url. */
  readonly x: string;
  readonly createdAtMs: number;
  /** It is published before it signs, so that verifiers have it when they need it. */
  readonly activeFromMs: number;
};

/** An Ed25519 key from 32 bytes of chance (RFC 8032). */
export function keyFromSeed(seed: Uint8Array): { readonly privateKey: KeyObject; readonly x: string } {
  const privateKey = privateKeyFrom(seed);
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (x === undefined) throw new Error('the public half of a key could not be read');
  return { privateKey, x };
}

/** The public half of a key as verifiers read it (RFC 8037). */
export const publicJwk = ({ kid, x }: Pick<SigningKey, 'kid' | 'x'>): object => ({
  ...{ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA', kid, x },
});

/** A signed statement: compact JWS (RFC 7515) with EdDSA. Signing the same twice gives the same text. */
export function signClaims(claims: object, { kid, privateKey }: SigningKey, type = TYPE): string {
  const input = `${encoded({ alg: 'EdDSA', typ: type, kid })}.${encoded(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

/** The claims of a proof that one of these keys signed; null when none did, or it is not a proof. */
export const readProof = (text: string, keys: readonly SigningKey[]): ProofClaims | null =>
  readStatement(text, TYPE, keys) as ProofClaims | null;

/** What a statement of this type says that one of these keys signed; null when none did, or it is of another type. */
export function readStatement(
  text: string,
  type: string,
  keys: readonly Pick<SigningKey, 'kid' | 'x'>[],
): object | null {
  const parts = /^([\w-]{1,500})\.([\w-]{1,4000})\.([\w-]{86})$/.exec(text);
  if (parts === null) return null;
  const [, header = '', body = '', signature = ''] = parts;
  const { alg, typ, kid } = decoded(header);
  const key = keys.find((known) => known.kid === kid);
  if (alg !== 'EdDSA' || typ !== type || key === undefined) return null;
  const input = Buffer.from(`${header}.${body}`);
  return isSignedBy(publicKeyOf(key), input, Buffer.from(signature, 'base64url')) ? decoded(body) : null;
}

/** @throws Error when it is no public key */
function publicKeyOf({ x }: Pick<SigningKey, 'x'>): KeyObject {
  const key = publicKeyFrom(Buffer.from(x, 'base64url'));
  if (key === null) throw new Error('the public half of a key has not 32 bytes');
  return key;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decoded(text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
