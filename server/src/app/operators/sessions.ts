import { endsAtMs, type Operator, type OperatorSession } from '../../domain/operator.ts';
import { refuse } from '../../kernel/failure.ts';
import { sha256 } from '../../kernel/hmac.ts';
import type { Random } from '../../kernel/random.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';
import { renewDevice } from './devices.ts';

export type SessionDeps = { readonly store: Store; readonly random: Random };
export type Begun = {
  readonly id: string;
  readonly session: OperatorSession;
  /** What makes the browser known from now on; null where it stays as it was. */
  readonly device: string | null;
};
export type SignedIn = { readonly session: OperatorSession; readonly operator: Operator };

const ID = /^[A-Za-z0-9_-]{43}$/;
/** A session that is used all the time is written this seldom. */
const SEEN_EVERY_MS = 60_000;

const digestOf = (id: string): string => sha256(id).toString('hex');

/** Begins a session, in a transaction of the caller's; answers the id that the browser is to hold. */
export function beginSession(
  tx: Transaction,
  random: Random,
  operatorId: string,
  stage: OperatorSession['stage'],
): Begun {
  const id = random.bytes(32).toString('base64url');
  const provedAtMs = stage === 'whole' ? tx.nowMs : null;
  const times = { createdAtMs: tx.nowMs, seenAtMs: tx.nowMs, provedAtMs };
  const session: OperatorSession = { digest: digestOf(id), operatorId, stage, ...times };
  tx.insert(tables.operatorSessions, session);
  return { id, session, device: null };
}

/** Who holds this session; null when it has ended or its operator may no longer sign in. Keeps it alive. */
export async function findSession({ store }: SessionDeps, id: string): Promise<SignedIn | null> {
  if (!ID.test(id)) return null;
  const session = await store.read.get(tables.operatorSessions, { digest: digestOf(id) });
  const nowMs = store.nowMs();
  if (session === null || nowMs >= endsAtMs(session)) return null;
  const operator = await store.read.get(tables.operators, { id: session.operatorId });
  if (operator === null || operator.disabledAtMs !== null) return null;
  if (nowMs - session.seenAtMs > SEEN_EVERY_MS) await keepAlive(store, session);
  return { session, operator };
}

async function keepAlive(store: Store, { digest }: OperatorSession): Promise<void> {
  await store.transaction(async (tx) => {
    const found = await tx.get(tables.operatorSessions, { digest });
    if (found !== null) tx.update(tables.operatorSessions, { ...found, seenAtMs: tx.nowMs });
  });
}

/**
 * Ends a session and begins another one for the same operator, so that an id known before is worth nothing after.
 * The browser in which that was done is known from then on; `device` is the token that it had.
 * @throws Failure `unauthorized` when it was ended meanwhile, such as by a change of the password elsewhere
 */
export async function renewSession(
  deps: SessionDeps & { readonly vault: Vault },
  { digest, operatorId }: OperatorSession,
  device: string | null,
): Promise<Begun> {
  const begun = await deps.store.transaction(async (tx): Promise<Begun | null> => {
    if ((await tx.get(tables.operatorSessions, { digest })) === null) return null;
    tx.remove(tables.operatorSessions, { digest });
    const whole = beginSession(tx, deps.random, operatorId, 'whole');
    return { ...whole, device: await renewDevice(deps, tx, operatorId, device) };
  });
  if (begun === null) throw refuse('unauthorized', 'This session has ended. Sign in again.');
  return begun;
}

export async function endSession({ store }: SessionDeps, { digest }: OperatorSession): Promise<void> {
  await store.transaction(async (tx) => {
    if ((await tx.get(tables.operatorSessions, { digest })) !== null) {
      tx.remove(tables.operatorSessions, { digest });
    }
  });
}

/** Ends every session of an operator, but for one. */
export async function endSessions(tx: Transaction, operatorId: string, except: string | null): Promise<void> {
  for (const { digest } of await tx.list(tables.sessionsOfOperator, { operatorId })) {
    if (digest !== except) tx.remove(tables.operatorSessions, { digest });
  }
}

/** Ends every session of an operator but this one. */
export async function endOtherSessions(
  { store }: Pick<SessionDeps, 'store'>,
  { digest, operatorId }: OperatorSession,
): Promise<void> {
  await store.transaction((tx) => endSessions(tx, operatorId, digest));
}

/** Whether a session is still good, without keeping it alive: for streams that nobody touches. */
export async function isSignedIn({ store }: Pick<SessionDeps, 'store'>, digest: string): Promise<boolean> {
  const session = await store.read.get(tables.operatorSessions, { digest });
  if (session === null || session.stage !== 'whole' || store.nowMs() >= endsAtMs(session)) return false;
  const operator = await store.read.get(tables.operators, { id: session.operatorId });
  return operator !== null && operator.disabledAtMs === null;
}
