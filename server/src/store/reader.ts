import type { Message } from '../domain/message.ts';
import type { Key } from '../domain/scope.ts';
import type { Verification } from '../domain/verification.ts';
import { type IdCodec, storedFrom } from './ids.ts';
import type { Awaitable, Carried, Reader } from './store.ts';
import { foundByKey, fromStoredRow, storedKey } from './stored.ts';
import { bytesHex, hexBytes, type Query, type SqlRow, type SqlValue, type Table } from './table.ts';
import { WITH_CODE } from './tables/verifications.ts';
import { accessKeys, messages, verifications } from './tables.ts';

/** Runs one SELECT with `?` for its values, and answers rows as the database holds them. */
export type RunQuery = (sql: string, values: readonly SqlValue[]) => Awaitable<readonly SqlRow[]>;

/** The questions of `Reader`, in SQL that both databases read. */
export function createReader(run: RunQuery, ids: IdCodec): Reader {
  const keyOf = (row: SqlRow): Key => ({
    id: ids.fromStored(row[0] as Uint8Array),
    projectId: row[1] as string,
    mode: row[2] as Key['mode'],
  });
  const keys = async (sql: string, values: readonly SqlValue[]): Promise<readonly Key[]> =>
    (await run(sql, values)).map(keyOf);
  return {
    async get(table, key) {
      const [row] = await run(selectByKey(table), storedKey(table, key, ids));
      return row === undefined ? null : foundByKey(table, key, row, ids);
    },
    async list(query, by, nowMs) {
      const rows = await run(selectByQuery(query), [...query.equals(by), nowMs - query.sinceMs]);
      return rows.map((row) => fromStoredRow(query.table, row, ids));
    },
    dueMessages: (nowMs, limit) =>
      keys(
        `SELECT id, project_id, mode FROM messages WHERE due_at_ms IS NOT NULL AND due_at_ms <= ?
         ORDER BY due_at_ms LIMIT ?`,
        [nowMs, limit],
      ),
    staleVerifications: (nowMs, limit) =>
      keys(
        `SELECT id, project_id, mode FROM verifications
         WHERE ${WITH_CODE} AND expires_at_ms <= ?
         ORDER BY expires_at_ms LIMIT ?`,
        [nowMs, limit],
      ),
    async madeBefore(table, { after, beforeMs, limit }) {
      const rows = await run(
        `SELECT id, project_id, mode FROM ${table.name} WHERE id > ? AND id < ? ORDER BY id LIMIT ?`,
        [after === null ? storedFrom(0) : hexBytes(after), storedFrom(beforeMs), limit],
      );
      return rows.map((row) => ({ key: keyOf(row), place: bytesHex(row[0]) }));
    },
    carried: (question) => carried(run, ids, question),
    accessKeys: async () =>
      (await run(`SELECT ${list(accessKeys)} FROM access_keys ORDER BY created_at_ms`, [])).map((row) =>
        fromStoredRow(accessKeys, row, ids),
      ),
  };
}

export function selectByKey<Value, K>(table: Table<Value, K>): string {
  return `SELECT ${list(table)} FROM ${table.name} WHERE ${table.key.map((name) => `${name} = ?`).join(' AND ')}`;
}

export function selectByQuery<Value, By>(query: Query<Value, By>): string {
  const where = [...query.columns.map((name) => `${name} = ?`), `(${query.condition})`].join(' AND ');
  return `SELECT ${list(query.table)} FROM ${query.table.name} WHERE ${where}`;
}

/** The columns of a table, in the order of its rows. */
export function list<Value, K>(table: Table<Value, K>, prefix = ''): string {
  return Object.keys(table.columns)
    .map((name) => prefix + name)
    .join(', ');
}

async function carried(
  run: RunQuery,
  ids: IdCodec,
  { provider, nowMs, limit, scope, recipientKey, show, after }: Carried,
): Promise<readonly { message: Message; verification: Verification }[]> {
  const conditions = [WITH_CODE, 'v.sealed_code IS NOT NULL', 'v.expires_at_ms > ?', 'm.provider = ?'];
  const values: SqlValue[] = [nowMs, provider];
  const also = (condition: string, ...more: SqlValue[]) => {
    conditions.push(condition);
    values.push(...more);
  };
  if (scope !== null) also('m.project_id = ? AND m.mode = ?', scope.projectId, scope.mode);
  if (recipientKey !== null) also('v.recipient_key = ?', hexBytes(recipientKey));
  // A message arrives when it is delivered, which may be long after it was made.
  const order = show === 'arrived' ? 'm.ended_at_ms' : 'm.created_at_ms';
  if (show === 'arrived') also("m.state = 'delivered'");
  if (after !== null) {
    const afterMs = show === 'arrived' && after.state === 'delivered' ? after.endedAtMs : after.createdAtMs;
    also(`(${order} > ? OR (${order} = ? AND m.id > ?))`, afterMs, afterMs, ids.toStored(after.id));
  }
  // Without `after` the newest are wanted, with it those that follow.
  const direction = after === null ? 'DESC' : 'ASC';
  const rows = await run(
    `SELECT ${list(messages, 'm.')}, ${list(verifications, 'v.')}
     FROM verifications v JOIN messages m ON m.id = v.message_id
     WHERE ${conditions.join(' AND ')}
     ORDER BY ${order} ${direction}, m.id ${direction} LIMIT ?`,
    [...values, limit],
  );
  const width = Object.keys(messages.columns).length;
  const found = rows.map((row) => ({
    message: fromStoredRow(messages, row.slice(0, width), ids),
    verification: fromStoredRow(verifications, row.slice(width), ids),
  }));
  return after === null ? found.reverse() : found;
}
