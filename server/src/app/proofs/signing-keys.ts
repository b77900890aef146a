import { nextActiveFromMs, outlived, signingAt } from '../../domain/key-rotation.ts';
import { keyFromSeed, publicJwk, type SigningKey, signClaims } from '../../domain/proof.ts';
import type { Random } from '../../kernel/random.ts';
import { type Store, type StoredSigningKey, type Transaction, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';
import type { Vault } from '../vault.ts';

/** The keys that sign proofs and evidence, known to this node without asking the database for each. */
export type SigningKeys = {
  /** Signs with the key of the moment. The same claims within its time give the same text. */
  sign(claims: object, type?: string): string;
  /** Every key that may have signed a proof which is still good, and the one that signs next. */
  all(): readonly SigningKey[];
  /** The public halves of all of them (RFC 7517). */
  published(): { readonly keys: readonly object[] };
  /** The public halves of every key that ever signed, with the seconds from and until which it did. */
  everPublished(): { readonly keys: readonly object[] };
  /** Reads the keys again, makes the next one when it is time, and retires those that are outlived. */
  refresh(): Promise<void>;
};

export type SigningDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly random: Random;
  readonly audit: Audit;
};

const SEED_BYTES = 32;
const KID_BYTES = 12;
/** What works about the keys lock, so that two nodes do not each make the next one. */
const LOCK = { projectId: '', mode: 'live', recipientKey: '0'.repeat(32) } as const;

type Held = StoredSigningKey & { readonly state: 'held' };

export async function openSigningKeys(deps: SigningDeps): Promise<SigningKeys> {
  let keys: readonly SigningKey[] = [];
  let retired: readonly object[] = [];
  const refresh = async () => {
    keys = await tend(deps, keys);
    const old = await deps.store.read.list(tables.retiredSigningKeys, null, deps.store.nowMs());
    retired = old.toSorted((a, b) => b.activeFromMs - a.activeFromMs).flatMap(retiredJwk);
  };
  await refresh();
  return {
    refresh,
    all: () => keys,
    published: () => ({ keys: keys.map(publicJwk) }),
    everPublished: () => ({
      keys: [...keys.map((key) => ({ ...publicJwk(key), nbf: seconds(key.activeFromMs) })), ...retired],
    }),
    sign(claims, type) {
      const key = signingAt(keys, deps.store.nowMs());
      if (key === undefined) throw new Error('there is no key that signs');
      return signClaims(claims, key, type);
    },
  };
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

function retiredJwk(key: StoredSigningKey): object[] {
  if (key.state !== 'retired') return [];
  const x = Buffer.from(key.publicKey).toString('base64url');
  const until = Math.ceil(key.retiredAtMs / 1000);
  return [{ ...publicJwk({ kid: key.kid, x }), nbf: seconds(key.activeFromMs), exp: until }];
}

async function tend(deps: SigningDeps, known: readonly SigningKey[]): Promise<readonly SigningKey[]> {
  const { store, vault } = deps;
  const nowMs = store.nowMs();
  let held: readonly Held[] = (await store.read.list(tables.heldSigningKeys, null, nowMs)).filter(isHeld);
  if (nextActiveFromMs(held, nowMs) !== null || outlived(held, nowMs).length > 0) held = await rotate(deps);
  return held.map((key) => {
    const opened = known.find(({ kid }) => kid === key.kid);
    return opened ?? { ...key, ...keyFromSeed(vault.openSigningSeed(key.sealedSeed, key.kid)) };
  });
}

/** Retires what is outlived and makes the next key, under a lock, unless another node has just done so. */
async function rotate({ store, vault, random, audit }: SigningDeps): Promise<readonly Held[]> {
  const kid = random.bytes(KID_BYTES).toString('base64url');
  const sealedSeed = vault.sealSigningSeed(random.bytes(SEED_BYTES), kid);
  return store.transaction(async (tx) => {
    await tx.lock(LOCK);
    const current = (await tx.list(tables.heldSigningKeys, null)).filter(isHeld);
    const gone = outlived(current, tx.nowMs);
    const note = (action: string, { kid }: Pick<Held, 'kid'>) =>
      audit.note(tx, { actor: null, action, object: kid, result: 'done' });
    for (const key of gone) {
      retire(vault, tx, key, current);
      note('signing-key.retired', key);
    }
    const left = current.filter((key) => !gone.includes(key));
    const activeFromMs = nextActiveFromMs(left, tx.nowMs);
    if (activeFromMs === null) return left;
    const next: Held = { kid, state: 'held', sealedSeed, activeFromMs, createdAtMs: tx.nowMs };
    tx.insert(tables.signingKeys, next);
    note('signing-key.made', next);
    return [...left, next];
  });
}

/** Its seed goes, so that nobody signs with it again; its public half stays, for what it signed to be checked by. */
function retire(vault: Vault, tx: Transaction, key: Held, all: readonly Held[]): void {
  const { x } = keyFromSeed(vault.openSigningSeed(key.sealedSeed, key.kid));
  const { kid, createdAtMs, activeFromMs } = key;
  const later = all.map((other) => other.activeFromMs).filter((atMs) => atMs > activeFromMs);
  const retiredAtMs = Math.min(tx.nowMs, ...later);
  const publicKey = Buffer.from(x, 'base64url');
  tx.update(tables.signingKeys, { kid, createdAtMs, activeFromMs, state: 'retired', publicKey, retiredAtMs });
}

const isHeld = (key: StoredSigningKey): key is Held => key.state === 'held';
