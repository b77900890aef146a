import type { Scope } from '../domain/scope.ts';
import { Failure, refuse } from '../kernel/failure.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';
import type { Safe } from './safe.ts';

/** An answer as it goes onto the wire. */
export type WrittenAnswer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
};

/** A create that is to be done once, however often it is sent. */
export type Once<T> = {
  readonly scope: Scope;
  /** Keyed hashes of the caller's key and of the whole request. */
  readonly keyHash: string;
  readonly requestDigest: string;
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
  const { keyHash, requestDigest } = once;
  const { projectId, mode } = once.scope;
  const key = { projectId, mode, keyHash };
  const owner = { projectId, mode, id: keyHash };
  await tx.lock({ projectId, mode, recipientKey: keyHash });
  const known = await tx.get(tables.idempotencyKeys, key);
  if (known !== null && tx.nowMs < known.createdAtMs + KEY_LIFE_MS) {
    if (known.requestDigest !== requestDigest) return usedOtherwise();
    return new Replayed(
      JSON.parse(safe.open('answer to a create', known.sealedAnswer, owner)) as WrittenAnswer,
    );
  }
  const made = await work(tx);
  if (made instanceof Failure) return made;
  const sealedAnswer = safe.seal('answer to a create', JSON.stringify(once.write(made)), owner);
  const answer = { ...key, requestDigest, sealedAnswer, createdAtMs: tx.nowMs };
  if (known === null) tx.insert(tables.idempotencyKeys, answer);
  else tx.update(tables.idempotencyKeys, answer);
  return made;
}

const usedOtherwise = (): Failure =>
  refuse(
    'invalid_parameter',
    'this Idempotency-Key was used for another request; use a fresh one',
    'Idempotency-Key',
  );
