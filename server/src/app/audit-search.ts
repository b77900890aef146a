import type { AuditEntry } from '../domain/audit.ts';
import { type Store, tables } from '../store/store.ts';

export type AuditSearch = {
  readonly sinceMs: number;
  /** The beginning of an operator's name; empty for everybody. */
  readonly who: string;
  /** Any part of an action; empty for all. */
  readonly what: string;
  readonly limit: number;
};
/** With the name of who did it; null when nobody was signed in, or is known no more. */
export type FoundEntry = AuditEntry & { readonly actorName: string | null };

/** Entries that are looked through. */
const MOST_READ = 10_000;

/** Entries of the audit log, the newest first. */
export async function searchAudit(
  store: Store,
  { sinceMs, who, what, limit }: AuditSearch,
): Promise<readonly FoundEntry[]> {
  const all = await store.read.list(tables.allOperators, {}, store.nowMs());
  const names = new Map(all.map(({ id, name }) => [id, name]));
  const isNarrow = who !== '' || what !== '';
  const read = await store.read.audit.since({ sinceMs, limit: isNarrow ? MOST_READ : limit });
  return read
    .map((entry) => ({ ...entry, actorName: entry.actor === null ? null : (names.get(entry.actor) ?? null) }))
    .filter(({ actorName, action }) => (actorName ?? '').startsWith(who) && action.includes(what))
    .slice(0, limit);
}
