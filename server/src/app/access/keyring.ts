import { type AccessKey, isInForce, readAccessKey, writeAccessKey } from '../../domain/access-key.ts';
import { type KeyScopes, maskOf } from '../../domain/key-scope.ts';
import { STAFF_PROJECT } from '../../domain/operator.ts';
import type { Mode, Scope } from '../../domain/scope.ts';
import { refuse } from '../../kernel/failure.ts';
import { equalSecret } from '../../kernel/hmac.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';

/** Whose key a request carries, and by `hasScope` what it opens. */
export type Caller = Scope & { readonly keyId: string; readonly scopeMask: number };

/** The access keys in force, known to this node without asking the database for each request. */
export type Keyring = {
  /** Who sends `Authorization: AccessKey <key>`; null when the header is missing, odd, or its key unknown. */
  authenticate(authorization: string | undefined): Caller | null;
  /** Reads the keys again. Called often enough that a revoked key is refused everywhere within a second. */
  refresh(): Promise<void>;
  has(mode: Mode): boolean;
};

const HEADER = /^AccessKey ([\x21-\x7e]{1,256})$/i;

/** The use of a key is written down this seldom. */
const USED_EVERY_MS = 60_000;

/** A key that this node knows, and whether it was used since that was last looked at. */
type Held = { readonly key: AccessKey; readonly caller: Caller; isUsed: boolean };

const callerOf = ({ projectId, mode, id, scopes }: AccessKey): Caller => ({
  ...{ projectId, mode, keyId: id, scopeMask: maskOf(scopes) },
});

export async function openKeyring(store: Store): Promise<Keyring> {
  let byDigest = new Map<string, Held>();
  const refresh = async () => {
    const keys = await store.read.accessKeys();
    const before = byDigest;
    byDigest = new Map(
      keys
        .filter((key) => isInForce(key, store.nowMs()))
        .map((key) => {
          const digest = Buffer.from(key.digest).toString('latin1');
          return [digest, { key, caller: callerOf(key), isUsed: before.get(digest)?.isUsed ?? false }];
        }),
    );
    await noteUses(store, [...byDigest.values()]);
  };
  await refresh();
  return {
    refresh,
    has: (mode) => [...byDigest.values()].some(({ key }) => key.mode === mode),
    authenticate(authorization) {
      const text = authorization === undefined ? undefined : HEADER.exec(authorization)?.[1];
      const sent = text === undefined ? null : readAccessKey(text);
      if (sent === null) return null;
      const held = byDigest.get(sent.digest.toString('latin1'));
      if (held === undefined || !equalSecret(held.key.digest, sent.digest)) return null;
      const { key } = held;
      if (key.expiresAtMs !== null && !isInForce(key, store.nowMs())) return null;
      held.isUsed = true;
      return held.caller;
    },
  };
}

/** Writes down that keys were used, of each once a minute at most. */
async function noteUses(store: Store, all: readonly Held[]): Promise<void> {
  const sinceMs = store.nowMs() - USED_EVERY_MS;
  const due = all.filter(({ key, isUsed }) => isUsed && (key.lastUsedAtMs ?? 0) <= sinceMs);
  for (const held of all) held.isUsed = false;
  if (due.length === 0) return;
  await store.transaction(async (tx) => {
    for (const { key } of due) {
      const found = await tx.get(tables.accessKeys, { digest: key.digest });
      if (found !== null) tx.update(tables.accessKeys, { ...found, lastUsedAtMs: tx.nowMs });
    }
  });
}

/** Told of a key that was made or revoked, in the transaction of it, such as for the audit log. */
export type NoteKey = (tx: Transaction, key: AccessKey) => void;

/**
 * Makes sure that a key works, and keeps its digest alone.
 * @throws Error in words for the operator when the text cannot be an access key, it was revoked, or the project has none
 */
export async function provisionKey(
  store: Store,
  text: string,
  projectId: string,
  name: string,
  note: NoteKey = () => {},
  { lastsMs = null, scopes = null }: KeyLimits = {},
): Promise<void> {
  // Whoever had a key of it could give operators factors, and take theirs away.
  if (projectId === STAFF_PROJECT) throw new Error(`${STAFF_PROJECT} is a project that has no access keys`);
  const key = readAccessKey(text);
  if (key === null) {
    throw new Error(
      'an access key is live_ or test_ and at least 20 letters and digits (a Roost key with all of its characters)',
    );
  }
  await store.transaction(async (tx) => {
    const known = await tx.get(tables.accessKeys, { digest: key.digest });
    if (known?.revokedAtMs != null) throw new Error(`the access key ${key.id} was revoked; set another one`);
    if (known !== null) return;
    const made: AccessKey = {
      ...{ ...key, projectId, name, createdAtMs: tx.nowMs, revokedAtMs: null, lastUsedAtMs: null },
      ...{ expiresAtMs: lastsMs === null ? null : tx.nowMs + lastsMs, scopes },
    };
    tx.insert(tables.accessKeys, made);
    note(tx, made);
  });
}

/** Makes a new access key. What is answered is the only copy: its digest alone is kept. */
export async function createKey(
  store: Store,
  draw: (below: number) => number,
  { mode, projectId, name, ...limits }: WantedKey,
  note: NoteKey = () => {},
): Promise<{ readonly id: string; readonly key: string }> {
  const key = writeAccessKey(mode, draw);
  await provisionKey(store, key, projectId, name, note, limits);
  return { key, id: readAccessKey(key)?.id ?? '' };
}

type KeyLimits = {
  /** How long it works; null, or left out, when it does not end by itself. */
  readonly lastsMs?: number | null;
  /** What it opens; null, or left out, for everything. */
  readonly scopes?: KeyScopes;
};
type WantedKey = KeyLimits & { readonly mode: Mode; readonly projectId: string; readonly name: string };

/**
 * Makes a key in the place of another, which goes on working for `overlapMs`, or as long as it would have. It opens what
 * that one opens, and lasts as long as it was made for.
 * @throws Failure `not_found` when there is no such key in force
 */
export async function rotateKey(
  store: Store,
  draw: (below: number) => number,
  id: string,
  overlapMs: number,
  note: NoteKey = () => {},
): Promise<{ readonly old: AccessKey; readonly made: { readonly id: string; readonly key: string } }> {
  const named = (await store.read.accessKeys()).find((key) => key.id === id);
  const text = named === undefined ? null : writeAccessKey(named.mode, draw);
  const next = text === null ? null : readAccessKey(text);
  const old = await store.transaction(async (tx) => {
    if (named === undefined || next === null) return null;
    const found = await tx.get(tables.accessKeys, { digest: named.digest });
    if (found === null || !isInForce(found, tx.nowMs)) return null;
    const endsAtMs = Math.min(tx.nowMs + overlapMs, found.expiresAtMs ?? Number.POSITIVE_INFINITY);
    const lastsMs = found.expiresAtMs === null ? null : found.expiresAtMs - found.createdAtMs;
    const ending = { ...found, expiresAtMs: endsAtMs };
    tx.update(tables.accessKeys, ending);
    note(tx, ending);
    tx.insert(tables.accessKeys, {
      ...{ ...next, projectId: found.projectId, name: found.name, createdAtMs: tx.nowMs },
      ...{ revokedAtMs: null, lastUsedAtMs: null, scopes: found.scopes },
      expiresAtMs: lastsMs === null ? null : tx.nowMs + lastsMs,
    });
    return ending;
  });
  if (old === null || text === null || next === null)
    throw refuse('not_found', 'There is no such key in force.');
  return { old, made: { id: next.id, key: text } };
}

/**
 * Takes access keys out of force. Every node reads them again each half second, so within a second all refuse it.
 * @returns the keys of that id as they are now; none when there is no such key
 */
export async function revokeKey(
  store: Store,
  id: string,
  note: NoteKey = () => {},
): Promise<readonly AccessKey[]> {
  const named = (await store.read.accessKeys()).filter((key) => key.id === id);
  return store.transaction(async (tx) => {
    const revoked: AccessKey[] = [];
    for (const { digest } of named) {
      const key = await tx.get(tables.accessKeys, { digest });
      if (key === null) continue;
      const ended = { ...key, revokedAtMs: key.revokedAtMs ?? tx.nowMs };
      if (key.revokedAtMs === null) {
        tx.update(tables.accessKeys, ended);
        note(tx, ended);
      }
      revoked.push(ended);
    }
    return revoked;
  });
}

/** Every key there is or was, the oldest first. */
export const listKeys = (store: Store): Promise<readonly AccessKey[]> => store.read.accessKeys();
