import { count, HOUR_MS, NOTHING, sum } from '../../domain/guard/counts.ts';
import {
  may,
  type Operator,
  type OperatorLink,
  passwordProblem,
  readOperatorName,
} from '../../domain/operator.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { SlowHashBusy } from '../../kernel/slow-hash.ts';
import { type Tally, type Transaction, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';
import type { Vault } from '../vault.ts';
import { knownDevice, renewDevice } from './devices.ts';
import { digestOf, isGood } from './links.ts';
import { isPassword, type PasswordDeps, writePassword } from './passwords.ts';
import { type Begun, beginSession, endSessions, type SessionDeps } from './sessions.ts';

export type SignInDeps = SessionDeps & PasswordDeps & { readonly audit: Audit; readonly vault: Vault };

type Typed = {
  readonly name: string;
  readonly password: string;
  readonly network: string;
  /** The token of the browser; null when it has none. */
  readonly device: string | null;
};

/**
 * The first step of signing in: name and password.
 * @throws Failure `wrong_code` for whatever does not fit, all alike; `unavailable` when too busy
 */
export async function beginSignIn(deps: SignInDeps, typed: Typed): Promise<Begun> {
  const { store, random } = deps;
  const name = readOperatorName(typed.name) ?? '';
  const [found = null] = await store.read.list(tables.operatorsNamed, { name }, store.nowMs());
  const from = { name, network: typed.network, operatorId: found?.id ?? NOBODY, device: typed.device };
  const held = await store.transaction(async (tx) =>
    heldBack(deps, tx, await triesFor(deps, tx, from), name),
  );
  if (held !== null) throw held;
  const isRight = await timely(() => isPassword(deps, typed.password, found?.password ?? null));
  const answer = await store.transaction(async (tx): Promise<Begun | Failure> => {
    const operator = found === null ? null : await tx.get(tables.operators, { id: found.id });
    const isGoodOne =
      isRight && operator !== null && operator.disabledAtMs === null && operator.password === found?.password;
    const tries = await triesFor(deps, tx, from);
    const refusal = heldBack(deps, tx, tries, name);
    if (refusal !== null) return refusal;
    if (isGoodOne) return beginSession(tx, random, operator.id, 'half');
    for (const { tally } of tries) keep(tally, { wrong: 1 }, tx.nowMs);
    noteTry(deps, tx, name, 'refused');
    return wrongPassword();
  });
  if (answer instanceof Failure) throw answer;
  return answer;
}

const NOBODY = '0'.repeat(32);
/**
 * Wrong passwords within an hour after which no more are looked at. A browser in which the operator has signed in has a
 * number of its own, so that strangers use up only the one of strangers (security.md, lock-out).
 */
const MOST_WRONG = { name: 50, network: 20, device: 20 } as const;
/** Of passwords that are not looked at the first of an hour is written down, and then each hundredth. */
const NOTED_EVERY = 100;

type Tries = { readonly tally: Tally; readonly most: number };

/** What a password that is typed here counts on. The caller must not wait between this and keeping it. */
async function triesFor(
  deps: SignInDeps,
  tx: Transaction,
  from: { readonly name: string; readonly network: string; readonly operatorId: string } & Pick<
    Typed,
    'device'
  >,
): Promise<readonly Tries[]> {
  const known = await knownDevice(deps, tx, from.operatorId, from.device);
  const subjects =
    known === null
      ? ([
          [`console name ${from.name}`, MOST_WRONG.name],
          [`console network ${from.network}`, MOST_WRONG.network],
        ] as const)
      : ([[`console device ${known}`, MOST_WRONG.device]] as const);
  return Promise.all(
    subjects.map(async ([name, most]) => ({ tally: await tx.tally({ name, isExact: true }), most })),
  );
}

/** Why no password is looked at now, the same as for a wrong one; null when it is. */
function heldBack(deps: SignInDeps, tx: Transaction, tries: readonly Tries[], name: string): Failure | null {
  const [full] = tries.filter(({ tally, most }) => within(tally, 'wrong', tx.nowMs) >= most);
  if (full === undefined) return null;
  const before = within(full.tally, 'refused', tx.nowMs);
  keep(full.tally, { refused: 1 }, tx.nowMs);
  if (before % NOTED_EVERY === 0) noteTry(deps, tx, name, 'held');
  return wrongPassword();
}

const within = ({ own }: Tally, column: 'wrong' | 'refused', nowMs: number): number =>
  sum([own ?? NOTHING], column, HOUR_MS, nowMs);

const keep = (tally: Tally, more: Parameters<typeof count>[1], nowMs: number): void =>
  tally.keep(count(tally.own ?? NOTHING, more, nowMs, nowMs, 2), nowMs + 2 * HOUR_MS);

function noteTry({ audit }: SignInDeps, tx: Transaction, name: string, result: 'held' | 'refused'): void {
  audit.note(tx, { actor: null, action: 'console.sign-in', object: name, result });
}

const wrongPassword = (): Failure => refuse('wrong_code', 'Wrong name or password.', 'password');

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
export async function signInByLink(deps: SignInDeps, secret: string, device: string | null): Promise<Begun> {
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
    const begun = beginSession(tx, random, operatorId, 'whole');
    return { ...begun, device: await renewDevice(deps, tx, operatorId, device) };
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
