import {
  CHECKPOINT_TYPE,
  type ChainHead,
  type Checkpoint,
  chained,
  checkpointClaims,
  isCheckpointDue,
  NO_ENTRY,
} from '../domain/audit.ts';
import type { Log } from '../kernel/log.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';

/** The row that tells how far the chain is. */
const HEAD = 'audit head';
/** The row that tells the last checkpoint. */
const LAST = 'audit checkpoint';
/** What works about the chain lock. No request takes it. */
const LOCK = { projectId: '', mode: 'live', recipientKey: 'a'.repeat(32) } as const;
/** Entries that get their places in one transaction. */
const AT_ONCE = 200;

/** How far the chain is, as it is committed. */
export async function chainHead({ read }: Pick<Store, 'read'>): Promise<ChainHead> {
  return headOf((await read.get(tables.settings, { name: HEAD }))?.value ?? null);
}

/**
 * Gives every entry that has none a place in the chain: one chain for all nodes, in the order in which they were
 * written. Any node does it for all, so nothing waits for one that has gone. @returns how many got one
 */
export async function chainEntries(store: Store, key: Uint8Array): Promise<number> {
  let done = 0;
  for (;;) {
    const loose = await store.read.list(tables.auditEntriesAt, { sequence: 0 }, store.nowMs());
    if (loose.length === 0) return done;
    const given = await store.transaction((tx) => givePlaces(tx, key));
    if (given === 0) return done;
    done += given;
  }
}

async function givePlaces(tx: Transaction, key: Uint8Array): Promise<number> {
  await tx.lock(LOCK);
  const kept = await tx.get(tables.settings, { name: HEAD });
  const loose = await tx.list(tables.auditEntriesAt, { sequence: 0 });
  const next = loose.toSorted((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1)).slice(0, AT_ONCE);
  let head = headOf(kept?.value ?? null);
  for (const entry of next) {
    const placed = chained(key, head, entry);
    tx.update(tables.auditEntries, placed);
    head = { sequence: placed.sequence, hash: placed.hash };
  }
  const value = `${head.sequence} ${head.hash}`;
  if (kept === null) tx.insert(tables.settings, { name: HEAD, value });
  else tx.update(tables.settings, { name: HEAD, value });
  return next.length;
}

/** The newest checkpoint, as it is committed: its place alone, and when it was made. */
export async function lastCheckpoint({ read }: Pick<Store, 'read'>) {
  return lastOf((await read.get(tables.settings, { name: LAST }))?.value ?? null);
}

export type CheckpointDeps = {
  readonly store: Store;
  readonly log: Log;
  readonly sign: (claims: object, type: string) => string;
};

/**
 * Signs how far the chain is, when it is time, keeps that, and tells the log: whoever keeps the log elsewhere can show
 * that the end of the chain was not cut off. Several nodes may do it at once.
 */
export async function checkpoint({ store, log, sign }: CheckpointDeps): Promise<Checkpoint | null> {
  if (!isCheckpointDue(await chainHead(store), await lastCheckpoint(store), store.nowMs())) return null;
  const made = await store.transaction(async (tx): Promise<Checkpoint | null> => {
    await tx.lock(LOCK);
    const head = headOf((await tx.get(tables.settings, { name: HEAD }))?.value ?? null);
    const kept = await tx.get(tables.settings, { name: LAST });
    const last = lastOf(kept?.value ?? null);
    if (!isCheckpointDue(head, last, tx.nowMs)) return null;
    const about = { ...head, atMs: tx.nowMs, previous: last?.sequence ?? 0 };
    const written = { ...about, statement: sign(checkpointClaims(about), CHECKPOINT_TYPE) };
    tx.insert(tables.auditCheckpoints, written);
    const value = `${about.sequence} ${about.atMs}`;
    if (kept === null) tx.insert(tables.settings, { name: LAST, value });
    else tx.update(tables.settings, { name: LAST, value });
    return written;
  });
  if (made !== null) log.info('audit.checkpoint', { sequence: made.sequence, statement: made.statement });
  return made;
}

function lastOf(text: string | null): Pick<Checkpoint, 'sequence' | 'atMs'> | null {
  const [sequence, atMs] = (text ?? '').split(' ').map(Number);
  return atMs === undefined ? null : { sequence: sequence ?? 0, atMs };
}

function headOf(text: string | null): ChainHead {
  const [sequence, hash] = (text ?? '').split(' ');
  return hash === undefined ? NO_ENTRY : { sequence: Number(sequence), hash };
}
