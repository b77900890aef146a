import { createHmac, type KeyObject, sign } from 'node:crypto';
import { equalSecret } from '../kernel/hmac.ts';

export type Claims = Readonly<Record<string, unknown>>;

const HASHES: ReadonlyMap<unknown, string> = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
]);
const MOST_CHARACTERS = 8_192;

/** The claims of a JWT (RFC 7519) that `secret` signed by HMAC; null for any other text. Times are not judged here. */
export function openJwt(token: string, secret: string): Claims | null {
  if (token.length > MOST_CHARACTERS) return null;
  const [header, payload, signature, ...more] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0)
    return null;
  const hash = HASHES.get(decoded(header)?.alg);
  if (hash === undefined) return null;
  const right = createHmac(hash, secret).update(`${header}.${payload}`).digest();
  return equalSecret(right, Buffer.from(signature, 'base64url')) ? decoded(payload) : null;
}

/** A JWT signed with RSA and SHA-256 (RFC 7518, RS256). */
export function signJwt(claims: Claims, privateKey: KeyObject): string {
  const body = `${encoded({ typ: 'JWT', alg: 'RS256' })}.${encoded(claims)}`;
  return `${body}.${sign('sha256', Buffer.from(body), privateKey).toString('base64url')}`;
}

const encoded = (value: Claims): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decoded(part: string): Claims | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : null;
  } catch {
    return null;
  }
}
