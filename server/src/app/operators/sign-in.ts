import { type Counts, count, HOUR_MS, NOTHING, sum } from '../../domain/guard/counts.ts';
import {
  may,
  type Operator,
  type OperatorLink,
  passwordProblem,
  readOperatorName,
} from '../../domain/operator.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { SlowHashBusy } from '../../kernel/slow-hash.ts';
import { type Transaction, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';
import { digestOf, isGood } from './links.ts';
import { isPassword, type PasswordDeps, writePassword } from './passwords.ts';
import { type Begun, beginSession, endSessions, type SessionDeps } from './sessions.ts';

export type SignInDeps = SessionDeps & PasswordDeps & { readonly audit: Audit };

/** Wrong passwords within an hour after which no more are looked at: for one name, and from one network. */
const MOST_WRONG = { name: 50, network: 20 } as const;

/**
 * The first step of signing in: name and password.
 * @throws Failure `wrong_code` for whatever does not fit, all alike; `unavailable` when too busy
 */
export async function beginSignIn(
  deps: SignInDeps,
  typed: { readonly name: string; readonly password: string; readonly network: string },
): Promise<Begun> {
  const { store, random, audit } = deps;
  const name = readOperatorName(typed.name) ?? '';
  const [found = null] = await store.read.list(tables.operatorsNamed, { name }, store.nowMs());
  const isRight = await timely(() => isPassword(deps, typed.password, found?.password ?? null));
  const answer = await store.transaction(async (tx): Promise<Begun | Failure> => {
    const operator = found === null ? null : await tx.get(tables.operators, { id: found.id });
    const isGoodOne =
      isRight && operator !== null && operator.disabledAtMs === null && operator.password === found?.password;
    const tries = await Promise.all([
      tx.tally({ name: `console name ${name}`, isExact: true }),
      tx.tally({ name: `console network ${typed.network}`, isExact: true }),
    ]);
    const [byName, byNetwork] = tries.map(({ own }) => sum([own ?? NOTHING], 'wrong', HOUR_MS, tx.nowMs));
    const isHeld = (byName ?? 0) >= MOST_WRONG.name || (byNetwork ?? 0) >= MOST_WRONG.network;
    if (isHeld || !isGoodOne) {
      for (const tally of tries) tally.keep(plusWrong(tally.own, tx.nowMs), tx.nowMs + 2 * HOUR_MS);
      audit.note(tx, {
        actor: null,
        action: 'console.sign-in',
        object: name,
        result: isHeld ? 'held' : 'refused',
      });
      return refuse('wrong_code', 'Wrong name or password.', 'password');
    }
    return beginSession(tx, random, operator.id, 'half');
  });
  if (answer instanceof Failure) throw answer;
  return answer;
}

const plusWrong = (own: Counts | null, nowMs: number): Counts =>
  count(own ?? NOTHING, { wrong: 1 }, nowMs, nowMs, 2);

/**
 * Takes a link that lets somebody in: they choose name and password, and go on to their second factor.
 * @throws Failure `not_found` for a link that works no more; `invalid_parameter` for a name or password that cannot be
 */
export async function joinByLink(
  deps: SignInDeps,
  secret: string,
  typed: { readonly name: string; readonly password: string },
): Promise<Begun> {
  const { store, random, audit } = deps;
  const name = readOperatorName(typed.name);
  if (name === null) {
    throw refuse(
      'invalid_parameter',
      'Use 2 to 64 letters, digits and . _ - @, such as your e-mail address.',
      'name',
    );
  }
  const problem = passwordProblem(typed.password, name);
  if (problem !== null) throw refuse('invalid_parameter', problem, 'password');
  const password = await timely(() => writePassword(deps, typed.password));
  const id = store.newId();
  const answer = await store.transaction(async (tx): Promise<Begun | Failure> => {
    const link = await tx.get(tables.operatorLinks, { digest: digestOf(secret) });
    if (!isGood(link, tx.nowMs) || link.purpose === 'sign-in') return deadLink();
    const host = link.createdBy === null ? null : await tx.get(tables.operators, { id: link.createdBy });
    if (link.createdBy !== null && !mayInvite(host)) return deadLink();
    const [taken] = await tx.list(tables.operatorsNamed, { name });
    if (taken !== undefined) return refuse('invalid_parameter', 'Somebody has this name already.', 'name');
    use(tx, link);
    const operator: Operator = {
      id,
      name,
      role: link.role,
      password,
      createdAtMs: tx.nowMs,
      disabledAtMs: null,
    };
    tx.insert(tables.operators, operator);
    audit.note(tx, { actor: id, action: 'operator.joined', object: name, result: link.role });
    return beginSession(tx, random, id, 'half');
  });
  if (answer instanceof Failure) throw answer;
  return answer;
}

/** The name of the operator that sign-in links of one's own machine are for. */
const LOCAL_NAME = 'sandbox';

/**
 * Signs in by a link that `npm start` printed: whoever reads its output owns the machine.
 * @throws Failure `not_found`
 */
export async function signInByLink(deps: SignInDeps, secret: string): Promise<Begun> {
  const { store, random, audit } = deps;
  const id = store.newId();
  const answer = await store.transaction(async (tx): Promise<Begun | Failure> => {
    const link = await tx.get(tables.operatorLinks, { digest: digestOf(secret) });
    if (!isGood(link, tx.nowMs) || link.purpose !== 'sign-in') return deadLink();
    const [known] = await tx.list(tables.operatorsNamed, { name: LOCAL_NAME });
    if (known !== undefined && known.disabledAtMs !== null) return deadLink();
    use(tx, link);
    if (known === undefined) {
      const made = {
        id,
        name: LOCAL_NAME,
        role: link.role,
        password: null,
        createdAtMs: tx.nowMs,
        disabledAtMs: null,
      };
      tx.insert(tables.operators, made);
    }
    const operatorId = known?.id ?? id;
    audit.note(tx, { actor: operatorId, action: 'console.sign-in', object: LOCAL_NAME, result: 'by link' });
    return beginSession(tx, random, operatorId, 'whole');
  });
  if (answer instanceof Failure) throw answer;
  return answer;
}

/**
 * Changes the password of somebody who knows it, and ends their other sessions.
 * @throws Failure `wrong_code`, `invalid_parameter`
 */
export async function changePassword(
  deps: SignInDeps,
  operator: Operator,
  { old, next, keep }: { readonly old: string; readonly next: string; readonly keep: string },
): Promise<void> {
  const isRight =
    operator.password === null || (await timely(() => isPassword(deps, old, operator.password)));
  if (!isRight) throw refuse('wrong_code', 'That is not your present password.', 'old');
  const problem = passwordProblem(next, operator.name);
  if (problem !== null) throw refuse('invalid_parameter', problem, 'next');
  const password = await timely(() => writePassword(deps, next));
  await deps.store.transaction(async (tx) => {
    const found = await tx.get(tables.operators, { id: operator.id });
    if (found === null) return;
    tx.update(tables.operators, { ...found, password });
    await endSessions(tx, operator.id, keep);
    deps.audit.note(tx, {
      actor: operator.id,
      action: 'operator.password',
      object: operator.name,
      result: 'changed',
    });
  });
}

function use(tx: Transaction, link: OperatorLink): void {
  tx.update(tables.operatorLinks, { ...link, usedAtMs: tx.nowMs });
}

/** An invitation of somebody who may not invite any more is void: it would be their way back in. */
const mayInvite = (host: Operator | null): boolean =>
  host !== null && host.disabledAtMs === null && may(host.role, 'operators');

const deadLink = (): Failure =>
  refuse('not_found', 'This link works no more: it was used, or it is too old.');

async function timely<T>(hash: () => Promise<T>): Promise<T> {
  try {
    return await hash();
  } catch (error) {
    if (error instanceof SlowHashBusy) throw refuse('unavailable', 'Too busy; try again in a moment.');
    throw error;
  }
}
