import { nextActiveFromMs, outlived, signingAt } from '../../domain/key-rotation.ts';
import { keyFromSeed, publicJwk, type SigningKey, signClaims } from '../../domain/proof.ts';
import type { Random } from '../../kernel/random.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';

/** The keys that sign proofs, known to this node without asking the database for each. */
export type SigningKeys = {
  /** Signs with the key of the moment. The same claims within its time give the same text. */
  sign(claims: object, type?: string): string;
  /** Every key that may have signed something which is still good, and the one that signs next. */
  all(): readonly SigningKey[];
  /** The public halves of all of them (RFC 7517). */
  published(): { readonly keys: readonly object[] };
  /** Reads the keys again, makes the next one when it is time, and lets go of those that are outlived. */
  refresh(): Promise<void>;
};

export type SigningDeps = { readonly store: Store; readonly vault: Vault; readonly random: Random };

const SEED_BYTES = 32;
const KID_BYTES = 12;
/** What works about the keys lock, so that two nodes do not each make the next one. */
const LOCK = { projectId: '', mode: 'live', recipientKey: '0'.repeat(32) } as const;

export async function openSigningKeys(deps: SigningDeps): Promise<SigningKeys> {
  let keys: readonly SigningKey[] = [];
  const refresh = async () => {
    keys = await tend(deps, keys);
  };
  await refresh();
  return {
    refresh,
    all: () => keys,
    published: () => ({ keys: keys.map(publicJwk) }),
    sign(claims, type) {
      const key = signingAt(keys, deps.store.nowMs());
      if (key === undefined) throw new Error('there is no key that signs');
      return signClaims(claims, key, type);
    },
  };
}

async function tend(deps: SigningDeps, known: readonly SigningKey[]): Promise<readonly SigningKey[]> {
  const { store, vault, random } = deps;
  const nowMs = store.nowMs();
  let stored = await store.read.list(tables.allSigningKeys, null, nowMs);
  if (nextActiveFromMs(stored, nowMs) !== null || outlived(stored, nowMs).length > 0) {
    const kid = random.bytes(KID_BYTES).toString('base64url');
    const sealedSeed = vault.sealSigningSeed(random.bytes(SEED_BYTES), kid);
    stored = await store.transaction(async (tx) => {
      await tx.lock(LOCK);
      const current = await tx.list(tables.allSigningKeys, null);
      const gone = outlived(current, tx.nowMs);
      for (const key of gone) tx.remove(tables.signingKeys, key);
      const left = current.filter((key) => !gone.includes(key));
      const activeFromMs = nextActiveFromMs(left, tx.nowMs);
      if (activeFromMs === null) return left;
      const next = { kid, sealedSeed, activeFromMs, createdAtMs: tx.nowMs };
      tx.insert(tables.signingKeys, next);
      return [...left, next];
    });
  }
  return stored.map((key) => {
    const opened = known.find(({ kid }) => kid === key.kid);
    return opened ?? { ...key, ...keyFromSeed(vault.openSigningSeed(key.sealedSeed, key.kid)) };
  });
}
