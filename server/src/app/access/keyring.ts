import { type AccessKey, readAccessKey, writeAccessKey } from '../../domain/access-key.ts';
import { STAFF_PROJECT } from '../../domain/operator.ts';
import type { Mode, Scope } from '../../domain/scope.ts';
import { equalSecret } from '../../kernel/hmac.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';

/** Whose key a request carries. */
export type Caller = Scope & { readonly keyId: string };

/** The access keys in force, known to this node without asking the database for each request. */
export type Keyring = {
  /** Who sends `Authorization: AccessKey <key>`; null when the header is missing, odd, or its key unknown. */
  authenticate(authorization: string | undefined): Caller | null;
  /** Reads the keys again. Called often enough that a revoked key is refused everywhere within a second. */
  refresh(): Promise<void>;
  has(mode: Mode): boolean;
};

const HEADER = /^AccessKey ([\x21-\x7e]{1,256})$/i;

export async function openKeyring(store: Store): Promise<Keyring> {
  let byDigest = new Map<string, AccessKey>();
  const refresh = async () => {
    const keys = await store.read.accessKeys();
    byDigest = new Map(
      keys
        .filter((key) => key.revokedAtMs === null)
        .map((key) => [Buffer.from(key.digest).toString('latin1'), key]),
    );
  };
  await refresh();
  return {
    refresh,
    has: (mode) => [...byDigest.values()].some((key) => key.mode === mode),
    authenticate(authorization) {
      const text = authorization === undefined ? undefined : HEADER.exec(authorization)?.[1];
      const sent = text === undefined ? null : readAccessKey(text);
      if (sent === null) return null;
      const known = byDigest.get(sent.digest.toString('latin1'));
      if (known === undefined || !equalSecret(known.digest, sent.digest)) return null;
      return { projectId: known.projectId, mode: known.mode, keyId: known.id };
    },
  };
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
    const made = { ...key, projectId, name, createdAtMs: tx.nowMs, revokedAtMs: null };
    tx.insert(tables.accessKeys, made);
    note(tx, made);
  });
}

/** Makes a new access key. What is answered is the only copy: its digest alone is kept. */
export async function createKey(
  store: Store,
  draw: (below: number) => number,
  { mode, projectId, name }: { readonly mode: Mode; readonly projectId: string; readonly name: string },
  note: NoteKey = () => {},
): Promise<{ readonly id: string; readonly key: string }> {
  const key = writeAccessKey(mode, draw);
  await provisionKey(store, key, projectId, name, note);
  return { key, id: readAccessKey(key)?.id ?? '' };
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
