import { type Factor, isGivenUp, NEW_TRIES, type TokenFactor } from '../../domain/factor.ts';
import type { Scope } from '../../domain/scope.ts';
import type { Token, TokenSeed } from '../../domain/token.ts';
import { Failure, failureOf, refuse } from '../../kernel/failure.ts';
import { tables } from '../../store/store.ts';
import type { ChangeDeps, KeepDeps } from './keep.ts';
import { makeRoom } from './room.ts';
import { type FactorView, viewFactor } from './view.ts';

/**
 * Puts tokens into the stock: all of them, or none.
 * @throws Failure `invalid_parameter` naming each that is there already
 */
export async function importTokens(
  { store, vault }: KeepDeps,
  { projectId, mode }: Scope,
  seeds: readonly TokenSeed[],
): Promise<readonly Token[]> {
  const made = seeds.map(({ secret, ...seed }): Token => {
    const owner = { projectId, mode, serial: seed.serial };
    const sealedSecret = vault.sealToken(secret, owner);
    return { ...seed, ...owner, sealedSecret, state: 'stock', factorId: null, createdAtMs: 0 };
  });
  const kept = await store.transaction(async (tx): Promise<readonly Token[] | Failure> => {
    const known: string[] = [];
    for (const token of made) if ((await tx.get(tables.tokens, token)) !== null) known.push(token.serial);
    if (known.length > 0) return alreadyThere(known);
    const tokens = made.map((token) => ({ ...token, createdAtMs: tx.nowMs }));
    for (const token of tokens) tx.insert(tables.tokens, token);
    return tokens;
  });
  if (kept instanceof Failure) throw kept;
  return kept;
}

/** The tokens in this state, by serial number. */
export async function listTokens(
  { store }: KeepDeps,
  { projectId, mode }: Scope,
  state: Token['state'],
): Promise<readonly Token[]> {
  const found = await store.read.list(tables.tokensIn, { projectId, mode, state }, store.nowMs());
  return found.toSorted((a, b) => (a.serial < b.serial ? -1 : 1));
}

/** A token that was given out. One with a keypad is confirmed by its answer to the question. */
export type Assigned = FactorView & { readonly question: string | null };

/**
 * Gives a token out of the stock to a user. It proves nothing until its first code has confirmed it.
 * @throws Failure `not_found` when there is no such token in the stock
 */
export async function assignToken(
  deps: KeepDeps,
  { projectId, mode }: Scope,
  user: string,
  wanted: { readonly serial: string; readonly of: Token['kind']; readonly name: string | null },
): Promise<Assigned> {
  const { store, vault } = deps;
  const userKey = vault.userKey({ projectId, mode }, user);
  const id = store.newId();
  const kept = await store.transaction(async (tx): Promise<Factor | Failure> => {
    const token = await tx.get(tables.tokens, { projectId, mode, serial: wanted.serial });
    if (token === null || token.kind !== wanted.of) return noSuchToken();
    const heldAs = token.factorId === null ? null : { projectId, mode, id: token.factorId };
    const holder = heldAs === null ? null : await tx.get(tables.factors, heldAs);
    if (!isFree(token, holder, tx.nowMs)) return noSuchToken();
    const about = { id, projectId, mode, userKey, name: wanted.name, tries: NEW_TRIES };
    const times = { createdAtMs: tx.nowMs, confirmedAtMs: null, lastUsedAtMs: null };
    const sealedSecret = vault.sealSecret(vault.openToken(token), { ...about, kind: token.kind });
    const { kind, settings, memory, serial } = token;
    const made = { ...about, ...times, kind, settings, memory, sealedSecret, serial };
    const factor = made as TokenFactor; // settings and memory are of its kind, as they are in the token
    const refusal = await makeRoom(deps, tx, user, factor);
    if (refusal !== null) return refusal;
    if (holder !== null) tx.remove(tables.factors, holder);
    tx.insert(tables.factors, factor);
    tx.update(tables.tokens, { ...token, state: 'assigned', factorId: id });
    return factor;
  });
  if (kept instanceof Failure) throw kept;
  const question = kept.kind === 'ocra' ? vault.questionFor(`factor:${id}`, kept) : null;
  return { ...viewFactor(vault, kept), question };
}

/** Whether a token lies in the drawer: its holder, if it has one, has never confirmed it in time. */
const isFree = (token: Token, holder: Factor | null, nowMs: number): boolean =>
  token.state === 'stock' || (token.state === 'assigned' && (holder === null || isGivenUp(holder, nowMs)));

/** A token is lost: it proves nothing any more, and cannot be given out. Whoever had it is told. */
export async function loseToken(
  { store, notices }: ChangeDeps,
  { projectId, mode }: Scope,
  serial: string,
): Promise<Token> {
  const lost = await store.transaction(async (tx): Promise<Token | Failure> => {
    const token = await tx.get(tables.tokens, { projectId, mode, serial });
    if (token === null) return noSuchToken();
    const key = token.factorId === null ? null : { projectId, mode, id: token.factorId };
    const factor = key === null ? null : await tx.get(tables.factors, key);
    if (key !== null) tx.remove(tables.factors, key);
    const next: Token = { ...token, state: 'lost', factorId: null };
    tx.update(tables.tokens, next);
    if (factor !== null && factor.confirmedAtMs !== null) {
      await notices.notify(tx, 'factorRemoved', factor, factor.id);
    }
    return next;
  });
  if (lost instanceof Failure) throw lost;
  return lost;
}

/**
 * Takes a token out of the list with its secret.
 * @throws Failure `invalid_parameter` while somebody has it
 */
export async function deleteToken(
  { store }: KeepDeps,
  { projectId, mode }: Scope,
  serial: string,
): Promise<void> {
  const refusal = await store.transaction(async (tx): Promise<Failure | null> => {
    const token = await tx.get(tables.tokens, { projectId, mode, serial });
    if (token === null) return noSuchToken();
    if (token.state === 'assigned') {
      return refuse('invalid_parameter', 'somebody has this token; remove the factor first', 'serial');
    }
    tx.remove(tables.tokens, token);
    return null;
  });
  if (refusal !== null) throw refusal;
}

const noSuchToken = (): Failure => refuse('not_found', 'there is no such token to be had', 'serial');

const alreadyThere = (serials: readonly string[]): Failure =>
  failureOf(
    serials.slice(0, 20).map((serial) => ({
      code: 'invalid_parameter',
      message: `there is a token ${serial} already`,
      parameter: 'data',
    })),
  );
