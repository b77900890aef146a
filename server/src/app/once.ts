import type { Scope } from '../domain/scope.ts';
import { Failure, refuse } from '../kernel/failure.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';
import type { Safe } from './safe.ts';
import { storeWith } from './wrapped-store.ts';

/** An answer as it goes onto the wire. */
export type WrittenAnswer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
};

/** What a create is known by when it is sent again. */
export type OnceKey = {
  readonly scope: Scope;
  /** Keyed hashes of the caller's key and of the whole request. */
  readonly keyHash: string;
  readonly requestDigest: string;
};

/** A create that is to be done once, however often it is sent. */
export type Once<T> = OnceKey & {
  /** The answer to what was made. Must be pure: it is written down with it. */
  readonly write: (made: T) => WrittenAnswer;
};

/** Thrown for a create that was done before: what was answered then is the answer. */
export class Replayed extends Error {
  override readonly name = 'Replayed';
  readonly answer: WrittenAnswer;
  constructor(answer: WrittenAnswer) {
    super('this was done before');
    this.answer = answer;
  }
}

/** How long a key is known. */
export const KEY_LIFE_MS = 86_400_000;

/**
 * Runs `work`. With a key its answer is kept in the same transaction, so that a repeat finds either both or neither:
 * it makes nothing and gets the same answer. A refusal is not kept, so the same key may try again.
 * @throws Failure what `work` refused, or `invalid_parameter` when the key was used for another request
 * @throws Replayed when it was done before
 */
export async function transactOnce<T extends Told, Told>(
  { store, safe }: { readonly store: Store; readonly safe: Safe },
  once: Once<Told> | null,
  work: (tx: Transaction) => Promise<T | Failure>,
): Promise<T> {
  const made =
    once === null
      ? await store.transaction(work)
      : await store.transaction((tx) => workOnce(safe, tx, once, work));
  if (made instanceof Failure || made instanceof Replayed) throw made;
  return made;
}

async function workOnce<T extends Told, Told>(
  safe: Safe,
  tx: Transaction,
  once: Once<Told>,
  work: (tx: Transaction) => Promise<T | Failure>,
): Promise<T | Failure | Replayed> {
  const known = await knownAnswer(safe, tx, once);
  if (known !== null) return known;
  const made = await work(tx);
  if (!(made instanceof Failure)) writeAnswer(safe, tx, once, once.write(made));
  return made;
}

/**
 * The same store for a create that tells more than its transaction made. The key is kept in the first transaction that
 * is not refused, so a repeat makes nothing; the answer follows by `keepAnswer`, as soon as it is known.
 */
export function onceStore({ store, safe }: OnceDeps, once: OnceKey): Store {
  let isFirst = true;
  return storeWith(store, async (work) => {
    if (!isFirst) return store.transaction(work);
    const made = await store.transaction(async (tx) => {
      const known = await knownAnswer(safe, tx, once);
      if (known !== null) return known;
      const value = await work(tx);
      if (!(value instanceof Failure)) writeAnswer(safe, tx, once, PENDING);
      return { value };
    });
    if (made instanceof Replayed || made instanceof Failure) throw made;
    isFirst = false;
    return made.value;
  });
}

/** Keeps what a create was answered. */
export async function keepAnswer(
  { store, safe }: OnceDeps,
  once: OnceKey,
  answer: WrittenAnswer,
): Promise<void> {
  await store.transaction(async (tx) => {
    const known = await tx.get(tables.idempotencyKeys, { ...once.scope, keyHash: once.keyHash });
    if (known !== null)
      tx.update(tables.idempotencyKeys, sealedAnswer(safe, once, answer, known.createdAtMs));
  });
}

/** The answer to a create that was under way a moment ago; null while it still is. */
export async function readAnswer({ store, safe }: OnceDeps, once: OnceKey): Promise<WrittenAnswer | null> {
  const { projectId, mode } = once.scope;
  const known = await store.read.get(tables.idempotencyKeys, { projectId, mode, keyHash: once.keyHash });
  if (known === null) return null;
  const answer = openAnswer(safe, known.sealedAnswer, once);
  return isPending(answer) ? null : answer;
}

/** In the place of an answer that is not known yet. */
const PENDING: WrittenAnswer = { status: 0, headers: {}, body: '' };
export const isPending = ({ status }: WrittenAnswer): boolean => status === PENDING.status;

export type OnceDeps = { readonly store: Store; readonly safe: Safe };

/** What this create was answered, or why it may not be made; null when it is to be made. */
async function knownAnswer(safe: Safe, tx: Transaction, once: OnceKey): Promise<Replayed | Failure | null> {
  const { keyHash, requestDigest } = once;
  const { projectId, mode } = once.scope;
  await tx.lock({ projectId, mode, recipientKey: keyHash });
  const known = await tx.get(tables.idempotencyKeys, { projectId, mode, keyHash });
  if (known === null) return null;
  if (tx.nowMs >= known.createdAtMs + KEY_LIFE_MS) {
    tx.remove(tables.idempotencyKeys, { projectId, mode, keyHash });
    return null;
  }
  if (known.requestDigest !== requestDigest) return usedOtherwise();
  return new Replayed(openAnswer(safe, known.sealedAnswer, once));
}

function writeAnswer(safe: Safe, tx: Transaction, once: OnceKey, answer: WrittenAnswer): void {
  tx.insert(tables.idempotencyKeys, sealedAnswer(safe, once, answer, tx.nowMs));
}

function sealedAnswer(safe: Safe, once: OnceKey, answer: WrittenAnswer, createdAtMs: number) {
  const { projectId, mode } = once.scope;
  const { keyHash, requestDigest } = once;
  const sealed = safe.seal('answer to a create', JSON.stringify(answer), { projectId, mode, id: keyHash });
  return { projectId, mode, keyHash, requestDigest, sealedAnswer: sealed, createdAtMs };
}

function openAnswer(safe: Safe, sealed: Uint8Array, { scope, keyHash }: OnceKey): WrittenAnswer {
  const owner = { projectId: scope.projectId, mode: scope.mode, id: keyHash };
  return JSON.parse(safe.open('answer to a create', sealed, owner)) as WrittenAnswer;
}

const usedOtherwise = (): Failure =>
  refuse(
    'invalid_parameter',
    'this Idempotency-Key was used for another request; use a fresh one',
    'Idempotency-Key',
  );
