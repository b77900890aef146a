import type { Key, Mode } from '../domain/scope.ts';
import { list, type RunQuery } from './columns.ts';
import { type IdCodec, type Place, placeAt } from './ids.ts';
import { fromStoredRow } from './stored.ts';
import { bytesHex, hexBytes, type SqlRow, type SqlValue } from './table.ts';
import type { StoredAnswer } from './tables/idempotency-keys.ts';
import { idempotencyKeys } from './tables.ts';

/** Where the keyed hash of a recipient stands. */
const SUBJECTS = {
  verifications: 'recipient_key',
  texts: 'recipient_key',
  hlrs: 'number_key',
  refusals: 'recipient_key',
  factors: 'recipient_key',
} as const;
export type SubjectTable = keyof typeof SUBJECTS;

/** A few rows of a table in order of time, and where the next begin; `next` is null behind the last of them. */
export type Stretch<Found> = { readonly found: readonly Found[]; readonly next: Place | null };
export type Subject = Key & { readonly recipientKey: string };

/**
 * Rows by whom they are about. There is no index for it, which each create would have to pay for: the tables are read
 * through, a stretch at a time, so that nobody else waits for long.
 */
export type SubjectReader = {
  /** Rows of one of the `rows` after a place: those about one recipient, or all that are about any. */
  about(
    of: SubjectTable,
    question: { readonly after: Place | null; readonly rows: number; readonly recipientKey: string | null },
  ): Promise<Stretch<Subject>>;
  /** Places where people succeeded, by keyed hash. */
  haunts(question: { readonly after: string | null; readonly rows: number }): Promise<Stretch<HauntRow>>;
  /** What creates were answered, by the keyed hash of their key. */
  answers(question: { readonly after: string | null; readonly rows: number }): Promise<Stretch<StoredAnswer>>;
  /** Messages of a verification or text that were made between two moments, of earlier routes too. */
  messagesOf(question: {
    readonly ownerId: string;
    readonly fromMs: number;
    readonly toMs: number;
  }): Promise<readonly Key[]>;
};
export type HauntRow = {
  readonly projectId: string;
  readonly mode: Mode;
  readonly hauntKey: string;
  readonly userKey: string;
  readonly lastSuccessAtMs: number;
};

export function subjectQuestions(run: RunQuery, ids: IdCodec): SubjectReader {
  const keyOf = (row: SqlRow): Key => ({
    ...{ id: ids.fromStored(row[0] as Uint8Array), projectId: row[1] as string, mode: row[2] as Mode },
  });
  /** The last row of a stretch; null when it reaches the end of the table. */
  const endOf = async (table: string, column: string, after: Uint8Array, rows: number) => {
    const sql = `SELECT ${column} FROM ${table} WHERE ${column} > ? ORDER BY ${column} LIMIT 1 OFFSET ?`;
    const [row] = await run(sql, [after, rows - 1]);
    return row === undefined ? null : (row[0] as Uint8Array);
  };
  const within = async (
    table: string,
    column: string,
    columns: string,
    { after, rows, also }: { after: string | null; rows: number; also: readonly [string, SqlValue][] },
  ): Promise<Stretch<SqlRow>> => {
    const from = hexBytes(after ?? placeAt(0));
    const end = await endOf(table, column, from, rows);
    const conditions: [string, SqlValue][] = [[`${column} > ?`, from]];
    if (end !== null) conditions.push([`${column} <= ?`, end]);
    conditions.push(...also);
    const sql = `SELECT ${columns} FROM ${table} WHERE ${conditions.map(([sqlOf]) => sqlOf).join(' AND ')}`;
    const found = await run(
      sql,
      conditions.map(([, value]) => value),
    );
    return { found, next: end === null ? null : bytesHex(end) };
  };
  return {
    async about(of, { after, rows, recipientKey }) {
      const column = SUBJECTS[of];
      const also: [string, SqlValue][] =
        recipientKey === null ? [] : [[`${column} = ?`, hexBytes(recipientKey)]];
      const columns = `id, project_id, mode, ${column}`;
      const { found, next } = await within(of, 'id', columns, { after, rows, also });
      const known = found.filter((row) => row[3] !== null);
      return { next, found: known.map((row) => ({ ...keyOf(row), recipientKey: bytesHex(row[3]) })) };
    },
    async haunts({ after, rows }) {
      const columns = 'haunt_key, project_id, mode, user_key, last_success_at_ms';
      const { found, next } = await within('haunts', 'haunt_key', columns, { after, rows, also: [] });
      return {
        next,
        found: found.map((row) => ({
          ...{ hauntKey: bytesHex(row[0]), projectId: row[1] as string, mode: row[2] as Mode },
          ...{ userKey: bytesHex(row[3]), lastSuccessAtMs: row[4] as number },
        })),
      };
    },
    async answers({ after, rows }) {
      const columns = list(idempotencyKeys);
      const { found, next } = await within('idempotency_keys', 'key_hash', columns, {
        after,
        rows,
        also: [],
      });
      return { next, found: found.map((row) => fromStoredRow(idempotencyKeys, row, ids)) };
    },
    async messagesOf({ ownerId, fromMs, toMs }) {
      const rows = await run(
        `SELECT id, project_id, mode FROM messages WHERE id > ? AND id < ? AND verification_id = ?`,
        [hexBytes(placeAt(fromMs)), hexBytes(placeAt(toMs)), ids.toStored(ownerId)],
      );
      return rows.map(keyOf);
    },
  };
}
