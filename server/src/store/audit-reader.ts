import type { AuditEntry } from '../domain/audit.ts';
import { list, type RunQuery } from './columns.ts';
import { type IdCodec, storedFrom } from './ids.ts';
import { fromStoredRow } from './stored.ts';
import { auditEntries } from './tables.ts';

/** Questions about the audit log. */
export type AuditReader = {
  /** Entries that have a place in the chain, in its order, from behind `after` on. */
  chain(question: { readonly after: number; readonly limit: number }): Promise<readonly AuditEntry[]>;
  /** Entries of `sinceMs` or later, whether they have a place or not, the newest first. */
  since(question: { readonly sinceMs: number; readonly limit: number }): Promise<readonly AuditEntry[]>;
};

export function auditQuestions(run: RunQuery, ids: IdCodec): AuditReader {
  const columns = list(auditEntries);
  return {
    async chain({ after, limit }) {
      const rows = await run(
        `SELECT ${columns} FROM audit_entries WHERE sequence > ? ORDER BY sequence LIMIT ?`,
        [after, limit],
      );
      return rows.map((row) => fromStoredRow(auditEntries, row, ids));
    },
    async since({ sinceMs, limit }) {
      const rows = await run(`SELECT ${columns} FROM audit_entries WHERE id > ? ORDER BY id DESC LIMIT ?`, [
        storedFrom(sinceMs),
        limit,
      ]);
      return rows.map((row) => fromStoredRow(auditEntries, row, ids));
    },
  };
}
