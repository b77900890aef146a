import type { ErasedCode } from '../../domain/budget.ts';
import { type Erasure, writeErasure } from '../../domain/erasure.ts';
import { isKnownNote, isStrangersNote } from '../../domain/guard/note.ts';
import { keyText, type Recipient } from '../../domain/recipient.ts';
import type { Key, Mode, Scope } from '../../domain/scope.ts';
import type { Verification } from '../../domain/verification.ts';
import type { Log } from '../../kernel/log.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';
import type { Audit } from '../audit.ts';
import type { Safe } from '../safe.ts';
import type { Vault } from '../vault.ts';
import { destroyBackupKeys } from './backup-keys.ts';
import { type Found, findHoldings, type Holdings, onlyThis, others, type Sought } from './holdings.ts';

export type EraseDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly audit: Audit;
  readonly log: Log;
  /** Writes the erasures into a list outside of the database, for restores. Never throws. */
  readonly list: (lines: readonly string[]) => void;
};

/** A factor that went because it was a phone or mailbox that was erased. */
export type LostFactor = Key & { readonly kind: string; readonly user: string };
export type Erased = {
  readonly counts: { readonly [what: string]: number };
  readonly factors: readonly LostFactor[];
  /** Modes in which a user is named by this very number or address: names of users are not touched. */
  readonly named: readonly Mode[];
  readonly erasures: readonly Erasure[];
};

/** Rows that change in one transaction: few, so that no create waits for it. */
const AT_ONCE = 20;
/** Routes may follow one another for as long as a code lives, and an answer may come late. */
const LATE_MS = 3_600_000;
const COUNTED_MS = 32 * 86_400_000;
const RECENT_MS = 86_400_000;

/**
 * Erases all that is kept about a recipient in some modes of a project: every row, sealed copy and keyed hash that
 * finds it. Wrong guesses at it still count until their time is over, under a hash that nothing else uses. Doing it
 * again does no harm; a create that comes in meanwhile is not of the past, and stays.
 */
export async function eraseRecipient(
  deps: EraseDeps,
  by: string | null,
  { projectId, modes, recipient }: { projectId: string; modes: readonly Mode[]; recipient: Recipient },
): Promise<Erased> {
  const { store, vault, audit, log, list } = deps;
  const recipientKey = vault.recipientKey(recipient);
  const erasures = modes.map((mode): Erasure => {
    return { subject: vault.erasureKey({ projectId, mode }, recipientKey), atMs: store.nowMs() };
  });
  const lines = erasures.map(writeErasure);
  // First, so that a restore after a crash in between erases it too.
  list(lines);
  await destroyBackupKeys(
    deps,
    modes.map((mode) => ({ projectId, mode, recipientKey })),
  );
  const holdings = await findHoldings(store, onlyThis(projectId, modes, recipientKey));
  const done = await eraseHoldings(deps, holdings);
  const answers = await eraseAnswers(deps, {
    ...{ projectId, modes, ids: idsOf(holdings), text: keyText(recipient) },
  });
  const counts = { ...done.counts, answers };
  const result = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  await store.transaction(async (tx) => {
    for (const object of lines)
      audit.note(tx, { actor: by, action: 'recipient.erased', object, result: result.join(', ') });
  });
  await store.scrub();
  for (const erasure of lines) log.info('recipient.erased', { erasure });
  const users = await Promise.all(
    modes.map((mode) => {
      const userKey = vault.userKey({ projectId, mode }, recipient.address);
      return store.read.get(tables.users, { projectId, mode, userKey });
    }),
  );
  return { counts, erasures, factors: done.factors, named: modes.filter((_, i) => users[i] !== null) };
}

/** Erases again, in what was restored from a backup, whom the list says was erased after its rows were made. */
export async function applyErasures(
  deps: EraseDeps,
  list: ReadonlyMap<string, number>,
): Promise<{ readonly [what: string]: number }> {
  const { store, vault, audit } = deps;
  const known = new Map<string, number>();
  const erasedAtMs = (scope: Scope, recipientKey: string): number => {
    const name = `${scope.mode} ${scope.projectId} ${recipientKey}`;
    const atMs = known.get(name) ?? list.get(vault.erasureKey(scope, recipientKey)) ?? 0;
    known.set(name, atMs);
    return atMs;
  };
  const sought: Sought = {
    recipientKey: null,
    isMeant: (scope, recipientKey) => erasedAtMs(scope, recipientKey) > 0,
  };
  const holdings = await findHoldings(store, sought);
  const done = await eraseHoldings(deps, holdings, (row, madeAtMs) => {
    return madeAtMs <= erasedAtMs(row, row.recipientKey);
  });
  // What they were answered cannot be told apart without an address; repeats that old are rare.
  const isAny = Object.values(done.counts).some((count) => count > 0);
  const answers = isAny ? await eraseAnswers(deps, null) : 0;
  const counts = { ...done.counts, answers };
  await store.scrub();
  const result = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  await store.transaction(async (tx) =>
    audit.note(tx, {
      ...{ actor: null, action: 'erasures.applied', object: `${list.size} erasures` },
      result: result.join(', '),
    }),
  );
  return counts;
}

type IsOld = (row: Found, madeAtMs: number) => boolean;
type Work = { readonly counts: { readonly [what: string]: number }; readonly factors: readonly LostFactor[] };

async function eraseHoldings(
  deps: EraseDeps,
  { rows, haunts }: Holdings,
  isOld: IsOld = () => true,
): Promise<Work> {
  const factors: LostFactor[] = [];
  const each = (found: readonly Found[], erase: (tx: Transaction, row: Found) => Promise<boolean>) =>
    inSteps(deps.store, found, erase);
  const tried = await messagesOf(deps.store, rows);
  const verifications = await each(rows.verifications, (tx, row) => eraseCode(deps, tx, row, isOld, tried));
  const texts = await each(rows.texts, (tx, row) => eraseText(tx, row, isOld, tried));
  const lookups = await each(rows.hlrs, async (tx, row) => {
    const hlr = await tx.get(tables.hlrs, row);
    if (hlr === null || !isOld(row, hlr.createdAtMs)) return false;
    tx.remove(tables.hlrs, row);
    return true;
  });
  const refusals = await each(rows.refusals, async (tx, row) => {
    const refusal = await tx.get(tables.refusals, row);
    if (refusal === null || !isOld(row, refusal.atMs)) return false;
    tx.remove(tables.refusals, row);
    return true;
  });
  const lost = await each(rows.factors, async (tx, row) => {
    const factor = await tx.get(tables.factors, row);
    if (factor === null || !isOld(row, factor.createdAtMs)) return false;
    const user = await tx.get(tables.users, factor);
    tx.remove(tables.factors, row);
    const { projectId, mode, id, kind } = factor;
    const name = user === null ? '' : deps.vault.openUser(user);
    if (!factors.some((other) => other.id === id)) factors.push({ projectId, mode, id, kind, user: name });
    return true;
  });
  const places = await inSteps(deps.store, haunts, async (tx, haunt) => {
    if (!isOld({ ...haunt, id: '', recipientKey: haunt.userKey }, haunt.lastSuccessAtMs)) return false;
    tx.remove(tables.haunts, haunt);
    return true;
  });
  return { factors, counts: { verifications, texts, lookups, refusals, factors: lost, places } };
}

async function inSteps<T>(
  store: Store,
  all: readonly T[],
  erase: (tx: Transaction, one: T) => Promise<boolean>,
): Promise<number> {
  let count = 0;
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const some = all.slice(at, at + AT_ONCE);
    count += await store.transaction(async (tx) => {
      const done = await Promise.all(some.map((one) => erase(tx, one)));
      return done.filter(Boolean).length;
    });
    await others();
  }
  return count;
}

async function eraseCode(
  { store, vault }: EraseDeps,
  tx: Transaction,
  row: Found,
  isOld: IsOld,
  tried: Tried,
): Promise<boolean> {
  // Creates for this recipient come before it or after it.
  await tx.lock({ projectId: row.projectId, mode: row.mode, recipientKey: row.recipientKey });
  const found = await tx.get(tables.verifications, row);
  if (found === null || !isOld(row, found.createdAtMs)) return false;
  const shadow = shadowOf(store, vault, found, tx.nowMs);
  if (shadow !== null) tx.insert(tables.erasedCodes, shadow);
  tx.remove(tables.verifications, row);
  tx.remove(tables.redemptions, row);
  await eraseMessages(tx, found, tried);
  tx.forget(row);
  return true;
}

async function eraseText(tx: Transaction, row: Found, isOld: IsOld, tried: Tried): Promise<boolean> {
  const found = await tx.get(tables.texts, row);
  if (found === null || !isOld(row, found.createdAtMs)) return false;
  tx.remove(tables.texts, row);
  await eraseMessages(tx, found, tried);
  return true;
}

/** Messages of verifications and texts over every route, by what they belong to. */
type Tried = ReadonlyMap<string, readonly Key[]>;

async function messagesOf({ read }: Store, { verifications, texts }: Holdings['rows']): Promise<Tried> {
  const found = new Map<string, readonly Key[]>();
  const look = async (owner: (Key & { createdAtMs: number; expiresAtMs: number }) | null) => {
    if (owner === null) return;
    const { id: ownerId, createdAtMs, expiresAtMs } = owner;
    const within = { fromMs: createdAtMs - LATE_MS, toMs: expiresAtMs + LATE_MS };
    found.set(ownerId, await read.subjects.messagesOf({ ownerId, ...within }));
    await others();
  };
  for (const key of verifications) await look(await read.get(tables.verifications, key));
  for (const key of texts) await look(await read.get(tables.texts, key));
  return found;
}

/** Its messages over every route, and what was told or is to be told of it. */
async function eraseMessages(
  tx: Transaction,
  { projectId, mode, id, messageId }: Key & { readonly messageId: string },
  tried: Tried,
): Promise<void> {
  const newest = { projectId, mode, id: messageId };
  const earlier = (tried.get(id) ?? []).filter((other) => other.id !== messageId);
  for (const key of [newest, ...earlier]) tx.remove(tables.messages, key);
  for (const delivery of await tx.list(tables.deliveriesOfStream, { projectId, mode, stream: id })) {
    tx.remove(tables.webhookDeliveries, delivery);
  }
  tx.remove(tables.eventStreams, { projectId, mode, id });
}

/** What must go on counting of a code: its wrong guesses, and that it was sent lately. Null when nothing must. */
function shadowOf(store: Store, vault: Vault, v: Verification, nowMs: number): ErasedCode | null {
  const { projectId, mode, createdAtMs, wrongGuesses, lastWrongAtMs, guard } = v;
  const counts = wrongGuesses > 0 && createdAtMs > nowMs - COUNTED_MS;
  if (!counts && createdAtMs <= nowMs - RECENT_MS) return null;
  const whence = isStrangersNote(guard) ? 'unknown' : isKnownNote(guard) ? 'known' : 'unsaid';
  return {
    ...{ id: store.newId(), projectId, mode, shadowKey: vault.shadowKey(v.recipientKey) },
    ...{ createdAtMs, wrongGuesses, lastWrongAtMs, whence },
  };
}

const idsOf = ({ rows }: Holdings): ReadonlySet<string> =>
  new Set(Object.values(rows).flatMap((found) => found.map(({ id }) => id)));

/** Answers kept for repeats that tell of the recipient, or of what was kept about it; with null all of them. */
async function eraseAnswers(
  { store, safe }: EraseDeps,
  about: {
    readonly projectId: string;
    readonly modes: readonly Mode[];
    readonly ids: ReadonlySet<string>;
    readonly text: string;
  } | null,
): Promise<number> {
  let count = 0;
  for (let after: string | null = null; ; ) {
    const { found, next } = await store.read.subjects.answers({ after, rows: 500 });
    const meant = found.filter((answer) => {
      if (about === null) return true;
      if (answer.projectId !== about.projectId || !about.modes.includes(answer.mode)) return false;
      const owner = { projectId: answer.projectId, mode: answer.mode, id: answer.keyHash };
      const body = safe.open('answer to a create', answer.sealedAnswer, owner).toLowerCase();
      return body.includes(about.text.replace(/^\+/, '')) || [...about.ids].some((id) => body.includes(id));
    });
    count += await inSteps(store, meant, async (tx, { projectId, mode, keyHash }) => {
      tx.remove(tables.idempotencyKeys, { projectId, mode, keyHash });
      tx.forget({ projectId, mode, recipientKey: keyHash });
      return true;
    });
    if (next === null) return count;
    after = next;
    await others();
  }
}
