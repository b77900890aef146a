import { count, HOUR_MS, NOTHING, sum } from '../../domain/guard/counts.ts';
import { type Operator, STAFF } from '../../domain/operator.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { tables } from '../../store/store.ts';
import { copiedFactorOf } from '../passkeys.ts';
import { deviceOfAny, renewDevice } from './devices.ts';
import { type Begun, beginSession } from './sessions.ts';
import type { SignInDeps } from './sign-in.ts';

/**
 * Signs in an operator whose passkey has answered, and had verified them: it is both factors. No wrong passwords hold
 * it back.
 * @throws Failure `wrong_code` for one who may not sign in
 */
export async function signInByPasskey(
  deps: SignInDeps,
  operatorId: string,
  device: string | null,
): Promise<Begun> {
  const { store, random, audit } = deps;
  const answer = await store.transaction(async (tx): Promise<Begun | Failure> => {
    const operator = await tx.get(tables.operators, { id: operatorId });
    const isGood = operator !== null && operator.disabledAtMs === null;
    const object = operator?.name ?? operatorId;
    const result = isGood ? 'by passkey' : 'refused';
    audit.note(tx, { actor: isGood ? operatorId : null, action: 'console.sign-in', object, result });
    if (!isGood) return refuse('wrong_code', 'This passkey opens nothing here.', 'credential');
    const begun = beginSession(tx, random, operatorId, 'whole');
    return { ...begun, device: await renewDevice(deps, tx, operatorId, device) };
  });
  if (answer instanceof Failure) throw answer;
  return answer;
}

/** Writes down that there may be a copy of an operator's passkey, where that is why its answer was refused. */
export async function noteCopiedKey(
  { store, vault, audit }: Pick<SignInDeps, 'store' | 'vault' | 'audit'>,
  failure: Failure,
): Promise<void> {
  const factorId = copiedFactorOf(failure);
  if (factorId === null) return;
  await store.transaction(async (tx) => {
    const factor = await tx.get(tables.factors, { ...STAFF, id: factorId });
    const user = factor && (await tx.get(tables.users, { ...STAFF, userKey: factor.userKey }));
    const owner: Operator | null = user && (await tx.get(tables.operators, { id: vault.openUser(user) }));
    const object = owner?.name ?? factorId;
    audit.note(tx, { actor: null, action: 'operator.passkey', object, result: 'counter went back' });
  });
}

/**
 * Anybody may ask for a passkey, and each time something is kept for some minutes. A browser in which an operator has
 * signed in has a number of its own, so that strangers in its network use up only theirs.
 */
const MOST_ASKED = { network: 300, device: 60 } as const;

/**
 * Counts that somebody asks for a passkey before they are signed in.
 * @param device the token of the browser; null when it has none
 * @throws Failure `budget_spent` after 300 within an hour from one network, or 60 from one browser that is known
 */
export async function countAsked(
  deps: Pick<SignInDeps, 'store' | 'vault'>,
  network: string,
  device: string | null,
): Promise<void> {
  const all = device === null ? [] : await deps.store.read.list(tables.allOperators, {}, deps.store.nowMs());
  const isTooMuch = await deps.store.transaction(async (tx) => {
    const known = await deviceOfAny(deps, tx, all, device);
    const [name, most] =
      known === null ? [network, MOST_ASKED.network] : [`device ${known}`, MOST_ASKED.device];
    const tally = await tx.tally({ name: `console passkey ${name}`, isExact: true });
    const own = tally.own ?? NOTHING;
    if (sum([own], 'checks', HOUR_MS, tx.nowMs) >= most) return true;
    tally.keep(count(own, { checks: 1 }, tx.nowMs, tx.nowMs, 2), tx.nowMs + 2 * HOUR_MS);
    return false;
  });
  if (isTooMuch)
    throw refuse('budget_spent', 'Too often from your network. Sign in with your password, or later.');
}

/** Writes down that a passkey was refused at the door. */
export async function noteWrongPasskey({ store, audit }: Pick<SignInDeps, 'store' | 'audit'>): Promise<void> {
  const entry = { actor: null, action: 'console.sign-in', object: 'passkey', result: 'refused' };
  await store.transaction(async (tx) => audit.note(tx, entry));
}
