import { RoostError } from './errors.ts';

/** What a user approved. `amount` has all decimals of its currency, as Roost answers it: `12.50`, not `12.5`. */
export type ApprovedTransaction =
  | {
      readonly payment: {
        readonly amount: string;
        readonly currency: string;
        readonly payee: string;
        readonly reference?: string | null;
      };
    }
  | { readonly transactionText: string };

/** What a proof says, once it is known to be true. */
export type Proof = {
  /** Id of the challenge: redeem it once. */
  readonly challenge: string;
  readonly user: string;
  readonly purpose: string;
  readonly audience: string;
  readonly factor: string;
  /** By what it was proved, such as `otp` or `sms`. */
  readonly amr: readonly string[];
  readonly level: 'restricted' | 'standard';
  readonly mode: 'live' | 'test';
  readonly provedAt: Date;
  readonly expiresAt: Date;
};

export type ProofVerifierOptions = {
  /** Where Roost is; its keys are at `/.well-known/jwks.json` below. */
  readonly url: string;
  /** Who you are: the `audience` of the challenges that you create. */
  readonly audience: string;
  /** Proofs of test keys are refused unless this is `test`. */
  readonly mode?: 'live' | 'test';
  /** Clocks may differ by so much, in milliseconds; 30000 unless given. */
  readonly leewayMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => number;
};

export type ProofVerifier = {
  /**
   * Makes sure that a proof is Roost's, good at this moment, and for this purpose and transaction.
   * @throws RoostError `refused` when it is not; as every call does when the keys cannot be had
   */
  verify(proof: string, expected: { purpose: string; transaction?: ApprovedTransaction }): Promise<Proof>;
};

type Claims = { readonly [name: string]: unknown };
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
type Keys = ReadonlyMap<string, Key>;
/** A public key as Roost publishes it (RFC 8037). */
type Jwk = { readonly kty?: unknown; readonly crv?: unknown; readonly kid?: unknown; readonly x?: unknown };

const KEEP_KEYS_MS = 300_000;
const ASK_AGAIN_MS = 10_000;
const MOST_CHARACTERS = 5_000;

/** Verifies proofs without asking Roost about each: its public keys are fetched, and kept for five minutes. */
export function createProofVerifier(options: ProofVerifierOptions): ProofVerifier {
  const { url, audience, mode = 'live', leewayMs = 30_000, now = Date.now } = options;
  const keysUrl = `${url.replace(/\/+$/, '')}/.well-known/jwks.json`;
  const send = options.fetch ?? globalThis.fetch;
  let known: { readonly keys: Keys; readonly askedAtMs: number } | null = null;

  const keyOf = async (kid: string): Promise<Key> => {
    const ageMs = known === null ? Number.POSITIVE_INFINITY : now() - known.askedAtMs;
    const isMissing = known?.keys.has(kid) !== true && ageMs > ASK_AGAIN_MS;
    if (known === null || ageMs > KEEP_KEYS_MS || isMissing) {
      known = { keys: await fetchKeys(send, keysUrl), askedAtMs: now() };
    }
    const key = known.keys.get(kid);
    if (key === undefined) throw refused('it was signed by a key that is not Roost’s');
    return key;
  };

  return {
    async verify(proof, expected) {
      const { header, claims, input, signature } = partsOf(proof);
      if (header.alg !== 'EdDSA' || header.typ !== 'roost-proof+jwt' || typeof header.kid !== 'string') {
        throw refused('it is no proof of Roost’s');
      }
      const key = await keyOf(header.kid);
      if (!(await crypto.subtle.verify('Ed25519', key, signature, input)))
        throw refused('its signature is wrong');
      if (claims.aud !== audience) throw refused('it is for another audience');
      if (claims.mode !== mode) throw refused(`it was made in ${String(claims.mode)} mode`);
      if (claims.purpose !== expected.purpose) throw refused('it is for another purpose');
      const digest = expected.transaction === undefined ? undefined : await digestOf(expected.transaction);
      if (claims.transaction !== digest) throw refused('it approves another transaction');
      const [fromMs, untilMs] = [Number(claims.iat) * 1000, Number(claims.exp) * 1000];
      if (!(now() < untilMs + leewayMs)) throw refused('it has expired');
      if (!(now() >= fromMs - leewayMs)) throw refused('it is of the future; look at your clock');
      return toProof(claims);
    },
  };
}

/** The digest under which Roost has a transaction: SHA-256, 64 hexadecimal characters. */
async function digestOf(transaction: ApprovedTransaction): Promise<string> {
  const parts =
    'payment' in transaction
      ? [
          ...['payment', transaction.payment.amount, transaction.payment.currency],
          ...[transaction.payment.payee.normalize('NFC')],
          transaction.payment.reference?.normalize('NFC') ?? null,
        ]
      : ['text', transaction.transactionText.normalize('NFC')];
  const bytes = new TextEncoder().encode(JSON.stringify(['roost/transaction/1', ...parts]));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function partsOf(proof: string) {
  const [head = '', body = '', tail = '', ...more] = proof.slice(0, MOST_CHARACTERS + 1).split('.');
  if (proof.length > MOST_CHARACTERS || more.length > 0 || tail === '')
    throw refused('it is no proof of Roost’s');
  return {
    header: objectOf(head),
    claims: objectOf(body),
    input: new TextEncoder().encode(`${head}.${body}`),
    signature: bytesOf(tail),
  };
}

async function fetchKeys(send: typeof globalThis.fetch, url: string): Promise<Keys> {
  const answer = await send(url, { redirect: 'error', signal: AbortSignal.timeout(5_000) }).catch(
    (error: unknown) => {
      throw new RoostError('unreachable', 'The keys of Roost cannot be had', {}, error);
    },
  );
  const body: unknown = answer.ok ? await answer.json().catch(() => null) : null;
  const list = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : null;
  if (!Array.isArray(list))
    throw new RoostError('unexpected', 'The answer holds no keys', { status: answer.status });
  const keys = new Map<string, Key>();
  for (const jwk of list as Jwk[]) {
    const { kty, crv, kid, x } = jwk;
    if (kty !== 'OKP' || crv !== 'Ed25519' || typeof kid !== 'string' || typeof x !== 'string') continue;
    keys.set(kid, await crypto.subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify']));
  }
  return keys;
}

function objectOf(text: string): Claims {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytesOf(text)));
    if (typeof value === 'object' && value !== null) return value as Claims;
  } catch {
    // told below
  }
  throw refused('it is no proof of Roost’s');
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(text)) throw refused('it is no proof of Roost’s');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

const toProof = (claims: Claims): Proof => ({
  challenge: String(claims.jti),
  user: String(claims.sub),
  purpose: String(claims.purpose),
  audience: String(claims.aud),
  factor: String(claims.factor),
  amr: Array.isArray(claims.amr) ? claims.amr.map(String) : [],
  level: claims.level === 'standard' ? 'standard' : 'restricted',
  mode: claims.mode === 'live' ? 'live' : 'test',
  provedAt: new Date(Number(claims.auth_time) * 1000),
  expiresAt: new Date(Number(claims.exp) * 1000),
});

const refused = (why: string): RoostError => new RoostError('refused', `The proof cannot be trusted: ${why}`);
