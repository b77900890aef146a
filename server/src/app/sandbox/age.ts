import { agedMessage, agedVerification, MOST_AGED_SECONDS } from '../../domain/aged.ts';
import type { Key } from '../../domain/scope.ts';
import { notFound, settle, type Verification } from '../../domain/verification.ts';
import { type Failure, refuse } from '../../kernel/failure.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';

export type AgeDeps = {
  readonly store: Store;
  /** Told once something has become older. */
  readonly changed: () => void;
  /** Writes down what was done, in the transaction that does it. */
  readonly note: (tx: Transaction, verificationId: string, seconds: number) => void;
};

/**
 * Lets time pass for one verification that a test key made, and for its newest message. The server's clock stays as it
 * is, and so does every other row; see `agedVerification` for what moves. One that has ended is left alone.
 * @param typed whole seconds, 1 to 172800
 * @throws Failure `invalid_parameter` for the seconds and for what a live key made; `not_found`
 */
export async function letTimePass(deps: AgeDeps, key: Key, typed: unknown): Promise<Verification> {
  const byMs = readSeconds(typed) * 1_000;
  if (key.mode !== 'test') throw onlyTests();
  const answer = await deps.store.transaction(async (tx): Promise<Verification | Failure> => {
    const found = await tx.get(tables.verifications, key);
    if (found === null || found.state === 'deleted') return notFound();
    if (settle(found, tx.nowMs).state !== 'open' || found.state !== 'open') return settle(found, tx.nowMs);
    const message = await tx.get(tables.messages, { ...key, id: found.messageId });
    const aged = agedVerification(found, byMs, tx.nowMs);
    tx.update(tables.verifications, aged);
    deps.note(tx, key.id, byMs / 1_000);
    if (message !== null) {
      tx.update(tables.messages, agedMessage(message, aged.expiresAtMs, byMs, tx.nowMs));
    }
    return settle(aged, tx.nowMs);
  });
  if (answer instanceof Error) throw answer;
  deps.changed();
  return answer;
}

/** As `letTimePass`, of the verification that a message on the phone belongs to, whichever key made it. */
export async function letTimePassFor(
  deps: AgeDeps,
  messageId: string,
  typed: unknown,
): Promise<Verification> {
  const key = await deps.store.read.messageKey(messageId);
  const message = key === null ? null : await deps.store.read.get(tables.messages, key);
  if (message === null) throw notFound();
  return letTimePass(deps, { ...message, id: message.verificationId }, typed);
}

const onlyTests = (): Failure =>
  refuse(
    'invalid_parameter',
    'time can be let pass only for what a test key made, with that key: nothing of live mode is moved',
    'access_key',
  );

function readSeconds(typed: unknown): number {
  const seconds = typeof typed === 'string' && /^\d{1,6}$/.test(typed) ? Number(typed) : typed;
  const isOne = typeof seconds === 'number' && Number.isInteger(seconds);
  if (isOne && seconds >= 1 && seconds <= MOST_AGED_SECONDS) return seconds;
  const what = `seconds is invalid; give a whole number from 1 to ${MOST_AGED_SECONDS}`;
  throw refuse('invalid_parameter', what, 'seconds');
}
