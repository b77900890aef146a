import type { Portable } from '../../domain/factor/portable.ts';
import type { Factor } from '../../domain/factor.ts';
import type { Key, Scope } from '../../domain/scope.ts';
import type { Token } from '../../domain/token.ts';
import { type Place, type Store, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';
import type { Vault } from '../vault.ts';
import type { KeepDeps } from './keep.ts';
import { listTokens } from './tokens.ts';

export type TakeOutDeps = { readonly store: Store; readonly vault: Vault; readonly audit: Audit };

/** Rows that are looked at in one question. */
const AT_ONCE = 500;
/** Rows are told by the clocks of the nodes that made them: none is left out because its clock was ahead. */
const CLOCKS_APART_MS = 86_400_000;

/**
 * Every confirmed factor of a scope with its secret, about in the order in which they were made, read as it is asked for;
 * then the hardware tokens that nobody holds. That somebody takes them out is in the audit log before the first is told,
 * and how many they were once the last has been. `form` is what they are written as.
 */
export async function* takeOutFactors(
  { store, vault, audit }: TakeOutDeps,
  by: string | null,
  scope: Scope,
  form: string,
): AsyncGenerator<Portable> {
  const note = (result: string) =>
    store.transaction(async (tx) => {
      const object = `${scope.mode} factors of project ${scope.projectId}`;
      audit.note(tx, { actor: by, action: 'factors.exported', object, result });
    });
  await note(`begun: ${form}`);
  let count = 0;
  for await (const key of keysOf(store, scope)) {
    const factor = await store.read.get(tables.factors, key);
    if (factor === null || factor.confirmedAtMs === null) continue;
    const user = await store.read.get(tables.users, factor);
    if (user === null) continue; // erased this moment
    count += 1;
    const userHandle = factor.kind === 'webauthn' ? vault.userHandle(factor) : null;
    yield { user: vault.openUser(user), factor, secret: secretOf(vault, factor), userHandle };
  }
  let tokens = 0;
  for await (const token of tokensOf({ store, vault }, scope)) {
    tokens += 1;
    yield { token, secret: vault.openToken(token) };
  }
  const counts = [counted(count, 'factor'), ...(tokens === 0 ? [] : [counted(tokens, 'token')])];
  await note(counts.join(' and '));
}

/** Those in the drawer, which one that its holder never confirmed is too, then those that were lost. */
async function* tokensOf(deps: KeepDeps, scope: Scope): AsyncGenerator<Token> {
  yield* await listTokens(deps, scope, 'stock');
  for (const token of await listTokens(deps, scope, 'assigned')) {
    const holder =
      token.factorId === null
        ? null
        : await deps.store.read.get(tables.factors, { ...scope, id: token.factorId });
    if (holder === null || holder.confirmedAtMs === null) yield { ...token, state: 'stock', factorId: null };
  }
  yield* await listTokens(deps, scope, 'lost');
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const secretOf = (vault: Vault, factor: Factor): Uint8Array | null =>
  'sealedSecret' in factor ? vault.openSecret(factor) : null;

/** A stretch at a time, so that a million of them take no more room than a few. */
async function* keysOf(store: Store, { projectId, mode }: Scope): AsyncGenerator<Key> {
  const beforeMs = store.nowMs() + CLOCKS_APART_MS;
  for (let after: Place | null = null; ; ) {
    const found: readonly { readonly key: Key; readonly place: Place }[] = await store.read.madeBefore(
      tables.factors,
      { after, beforeMs, limit: AT_ONCE },
    );
    for (const { key } of found) if (key.projectId === projectId && key.mode === mode) yield key;
    after = found.at(-1)?.place ?? null;
    if (found.length < AT_ONCE) return;
  }
}
