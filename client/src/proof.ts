import { type EvidenceStatement, readEvidenceStatement } from './evidence.ts';
import { type Claims, createKeyring, digestOf, distrust, type KeySource, readSigned } from './signed.ts';
import type { Transaction } from './transaction.ts';

/** By what it was proved: `restricted` came over a phone network or by mail, which others may read. */
export type ProofLevel = 'restricted' | 'standard';

type About = {
  readonly purpose: string;
  readonly audience: string;
  /** By what it was proved, such as `otp` or `sms`. */
  readonly amr: readonly string[];
  readonly level: ProofLevel;
  readonly mode: 'live' | 'test';
  readonly provedAt: Date;
  readonly expiresAt: Date;
};
/** What a proof says about a user, once it is known to be true. */
export type Proof = About & {
  /** Id of the challenge: redeem it once. */
  readonly challenge: string;
  readonly user: string;
  readonly factor: string;
};
/** What the proof of a plain verification says: somebody held this phone or mailbox. */
export type RecipientProof = About & {
  /** Id of the verification: redeem it once. */
  readonly verification: string;
  readonly recipient: string;
};

export type ProofVerifierOptions = {
  /** Where Roost is; its keys are below, under `/.well-known`. */
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

/** Every call throws a RoostError: `refused` when the statement is not to be trusted, others when the keys cannot be had. */
export type ProofVerifier = {
  /**
   * Makes sure that a proof is Roost's, good at this moment, and for this purpose and transaction. The amount of a
   * payment must have all decimals of its currency, as Roost answers it: `12.50`, not `12.5`.
   */
  verify(proof: string, expected: { purpose: string; transaction?: Transaction }): Promise<Proof>;
  /** The same of the proof of a plain verification. A number is written as Roost answers it: `+31612345678`. */
  verifyRecipient(proof: string, expected: { purpose: string; recipient: string }): Promise<RecipientProof>;
  /** Makes sure that signed evidence is Roost's, however long ago it was signed, and of this mode. */
  verifyEvidence(signed: string): Promise<EvidenceStatement>;
};

/** Verifies statements without asking Roost about each: its public keys are fetched, and kept for five minutes. */
export function createProofVerifier(options: ProofVerifierOptions): ProofVerifier {
  const { url, audience, mode = 'live', leewayMs = 30_000, now = Date.now } = options;
  const source: Omit<KeySource, 'path'> = { url, send: options.fetch ?? globalThis.fetch, now };
  const keyring = createKeyring({ ...source, path: '/.well-known/jwks.json' });
  const everyKey = createKeyring({ ...source, path: '/.well-known/evidence-keys.json' });

  const read = async (proof: string, type: string, purpose: string): Promise<Claims> => {
    const claims = await readSigned(proof, type, keyring);
    if (claims.aud !== audience) throw distrust('it is for another audience');
    if (claims.mode !== mode) throw distrust(`it was made in ${String(claims.mode)} mode`);
    if (claims.purpose !== purpose) throw distrust('it is for another purpose');
    const [fromMs, untilMs] = [Number(claims.iat) * 1000, Number(claims.exp) * 1000];
    if (!(now() < untilMs + leewayMs)) throw distrust('it has expired');
    if (!(now() >= fromMs - leewayMs)) throw distrust('it is of the future; look at your clock');
    return claims;
  };

  return {
    async verify(proof, { purpose, transaction }) {
      const claims = await read(proof, 'roost-proof+jwt', purpose);
      const digest = transaction === undefined ? undefined : await digestTransaction(transaction);
      if (claims.transaction !== digest) throw distrust('it approves another transaction');
      const { jti, sub, factor } = claims;
      return { ...about(claims), challenge: String(jti), user: String(sub), factor: String(factor) };
    },
    async verifyRecipient(proof, { purpose, recipient }) {
      const claims = await read(proof, 'roost-verification+jwt', purpose);
      const digest = await digestOf(['roost/recipient/1', claims.jti, recipient]);
      if (claims.recipient !== digest) throw distrust('it is about another recipient');
      return { ...about(claims), verification: String(claims.jti), recipient };
    },
    async verifyEvidence(signed) {
      const claims = await readSigned(signed, 'roost-evidence+jwt', everyKey);
      if (claims.mode !== mode) throw distrust(`it was made in ${String(claims.mode)} mode`);
      const statement = readEvidenceStatement(claims);
      if (statement.digest !== (await digestTransaction(statement.transaction))) {
        throw distrust('its digest is not of its transaction');
      }
      return statement;
    },
  };
}

/** The digest under which Roost has a transaction: SHA-256, 64 hexadecimal characters. */
function digestTransaction(transaction: Transaction): Promise<string> {
  const parts =
    transaction.payment !== undefined
      ? [
          ...['payment', transaction.payment.amount, transaction.payment.currency],
          ...[transaction.payment.payee.normalize('NFC')],
          transaction.payment.reference?.normalize('NFC') ?? null,
        ]
      : ['text', transaction.transactionText.normalize('NFC')];
  return digestOf(['roost/transaction/1', ...parts]);
}

const about = (claims: Claims): About => ({
  purpose: String(claims.purpose),
  audience: String(claims.aud),
  amr: Array.isArray(claims.amr) ? claims.amr.map(String) : [],
  level: claims.level === 'standard' ? 'standard' : 'restricted',
  mode: claims.mode === 'live' ? 'live' : 'test',
  provedAt: new Date(Number(claims.auth_time) * 1000),
  expiresAt: new Date(Number(claims.exp) * 1000),
});
