import { isSignedBy, type PublicKey, publicKeyFrom } from './ed25519.ts';
import { RoostError } from './errors.ts';

export type Claims = { readonly [name: string]: unknown };
/** One public key, and the seconds from and until which it signed, where Roost tells them. */
type Known = { readonly key: PublicKey; readonly fromS: number | null; readonly untilS: number | null };
/** A public key as Roost publishes it (RFC 8037). */
type Jwk = { readonly [name in 'kty' | 'crv' | 'kid' | 'x' | 'nbf' | 'exp']?: unknown };

export type Keyring = (kid: string) => Promise<Known | null>;
export type KeySource = {
  readonly url: string;
  readonly path: string;
  readonly send: typeof globalThis.fetch;
  readonly now: () => number;
};

const KEEP_KEYS_MS = 300_000;
const ASK_AGAIN_MS = 10_000;
const MOST_CHARACTERS = 20_000;

/** The public keys at an address, kept for five minutes, and asked for again when one is not among them. */
export function createKeyring({ url, path, send, now }: KeySource): Keyring {
  const keysUrl = `${url.replace(/\/+$/, '')}${path}`;
  let known: { readonly keys: ReadonlyMap<string, Known>; readonly askedAtMs: number } | null = null;
  return async (kid) => {
    const ageMs = known === null ? Number.POSITIVE_INFINITY : now() - known.askedAtMs;
    const isMissing = known?.keys.has(kid) !== true && ageMs > ASK_AGAIN_MS;
    if (known === null || ageMs > KEEP_KEYS_MS || isMissing) {
      known = { keys: await fetchKeys(send, keysUrl), askedAtMs: now() };
    }
    return known.keys.get(kid) ?? null;
  };
}

/** What a statement of this type says. @throws RoostError `refused` when none of these keys signed it, or it is none */
export async function readSigned(text: string, type: string, keyring: Keyring): Promise<Claims> {
  const { header, claims, input, signature } = partsOf(text);
  if (header.alg !== 'EdDSA' || header.typ !== type || typeof header.kid !== 'string') throw none();
  const known = await keyring(header.kid);
  if (known === null) throw distrust('it was signed by a key that is not Roost’s');
  if (!(await isSignedBy(known.key, input, signature))) throw distrust('its signature is wrong');
  const signedAt = Number(claims.iat);
  const isInTime = signedAt >= (known.fromS ?? signedAt) && signedAt <= (known.untilS ?? signedAt);
  if (!isInTime) throw distrust('its key did not sign at that time');
  return claims;
}

/** Why a statement is not to be trusted. */
export const distrust = (why: string): RoostError =>
  new RoostError('refused', `The proof cannot be trusted: ${why}`);

const none = (): RoostError => distrust('it is no proof of Roost’s');

/** SHA-256 over a list, 64 hexadecimal characters. */
export async function digestOf(parts: readonly unknown[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function partsOf(text: string) {
  const [head = '', body = '', tail = '', ...more] = text.slice(0, MOST_CHARACTERS + 1).split('.');
  if (text.length > MOST_CHARACTERS || more.length > 0 || tail === '') throw none();
  return {
    header: objectOf(head),
    claims: objectOf(body),
    input: new TextEncoder().encode(`${head}.${body}`),
    signature: bytesOf(tail),
  };
}

async function fetchKeys(send: typeof globalThis.fetch, url: string): Promise<ReadonlyMap<string, Known>> {
  const answer = await send(url, { redirect: 'error', signal: AbortSignal.timeout(5_000) }).catch(
    (error: unknown) => {
      throw new RoostError('unreachable', 'The keys of Roost cannot be had', {}, error);
    },
  );
  const body: unknown = answer.ok ? await answer.json().catch(() => null) : null;
  const list = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : null;
  if (!Array.isArray(list))
    throw new RoostError('unexpected', 'The answer holds no keys', { status: answer.status });
  const keys = new Map<string, Known>();
  for (const jwk of list as Jwk[]) {
    const { kty, crv, kid, x, nbf, exp } = jwk;
    if (kty !== 'OKP' || crv !== 'Ed25519' || typeof kid !== 'string' || typeof x !== 'string') continue;
    keys.set(kid, { key: await publicKeyFrom(x), fromS: numberOrNull(nbf), untilS: numberOrNull(exp) });
  }
  return keys;
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function objectOf(text: string): Claims {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytesOf(text)));
    if (typeof value === 'object' && value !== null) return value as Claims;
  } catch {
    // told below
  }
  throw none();
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(text)) throw none();
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
