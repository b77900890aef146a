import type { AuditEntry, Checkpoint } from '../domain/audit.ts';
import { type Store, tables } from '../store/store.ts';

/** An entry, and the name of who did it where that was an operator who is still known. */
export type ListedEntry = AuditEntry & { readonly name: string | null };

/** What was done since a moment, the newest first, with what has no place in the chain yet. */
export async function listAudit(
  store: Pick<Store, 'read' | 'nowMs'>,
  question: { readonly sinceMs: number; readonly limit: number },
): Promise<readonly ListedEntry[]> {
  const found = await store.read.audit.since(question);
  const operators = await store.read.list(tables.allOperators, {}, store.nowMs());
  const names = new Map(operators.map(({ id, name }) => [id, name]));
  const newest = found.toSorted((a, b) => b.atMs - a.atMs || b.sequence - a.sequence);
  return newest.map((entry) => ({
    ...entry,
    name: entry.actor === null ? null : (names.get(entry.actor) ?? null),
  }));
}

/** The signed checkpoints that are kept, the oldest first. */
export async function listCheckpoints(store: Pick<Store, 'read' | 'nowMs'>): Promise<readonly Checkpoint[]> {
  const all = await store.read.list(tables.allAuditCheckpoints, {}, store.nowMs());
  return all.toSorted((a, b) => a.sequence - b.sequence);
}
