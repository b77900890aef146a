import type { Message } from '../domain/message.ts';
import type { Verification } from '../domain/verification.ts';
import type { Awaitable, Carried, Key, Reader } from './store.ts';
import { hexBytes, type SqlRow, type SqlValue, type Table } from './table.ts';
import { accessKeys, messages, verifications } from './tables.ts';

/** Runs one SELECT with `?` for its values. */
export type RunQuery = (sql: string, values: readonly SqlValue[]) => Awaitable<readonly SqlRow[]>;

/** The questions of `Reader`, in SQL that both databases read. */
export function createReader(run: RunQuery): Reader {
  const keys = async (sql: string, values: readonly SqlValue[]): Promise<readonly Key[]> =>
    (await run(sql, values)).map(keyOf);
  return {
    async get(table, key) {
      const [row] = await run(selectByKey(table), table.keyValues(key));
      return row === undefined ? null : table.fromRow(row);
    },
    dueJobs: (nowMs, limit) =>
      keys('SELECT id, project_id, mode FROM jobs WHERE due_at_ms <= ? ORDER BY due_at_ms LIMIT ?', [
        nowMs,
        limit,
      ]),
    overdueVerifications: (nowMs, limit) =>
      keys(
        `SELECT id, project_id, mode FROM verifications WHERE state = 'open' AND expires_at_ms <= ?
         ORDER BY expires_at_ms LIMIT ?`,
        [nowMs, limit],
      ),
    staleCodes: (nowMs, limit) =>
      keys(
        `SELECT id, project_id, mode FROM messages WHERE sealed_code IS NOT NULL AND code_expires_at_ms <= ?
         ORDER BY code_expires_at_ms LIMIT ?`,
        [nowMs, limit],
      ),
    carried: (question) => carried(run, question),
    accessKeys: async () =>
      (await run(`SELECT ${list(accessKeys)} FROM access_keys ORDER BY created_at_ms`, [])).map(
        accessKeys.fromRow,
      ),
  };
}

export function selectByKey<Value, K>(table: Table<Value, K>): string {
  return `SELECT ${list(table)} FROM ${table.name} WHERE ${table.key.map((name) => `${name} = ?`).join(' AND ')}`;
}

/** The columns of a table, in the order of its rows. */
export function list<Value, K>(table: Table<Value, K>, prefix = ''): string {
  return Object.keys(table.columns)
    .map((name) => prefix + name)
    .join(', ');
}

async function carried(
  run: RunQuery,
  { provider, nowMs, limit, scope, recipientKey, show, after }: Carried,
): Promise<readonly { message: Message; verification: Verification }[]> {
  const conditions = ['m.sealed_code IS NOT NULL', 'm.code_expires_at_ms > ?', 'm.provider = ?'];
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
    also(`(${order} > ? OR (${order} = ? AND m.id > ?))`, afterMs, afterMs, hexBytes(after.id));
  }
  // Without `after` the newest are wanted, with it those that follow.
  const direction = after === null ? 'DESC' : 'ASC';
  const rows = await run(
    `SELECT ${list(messages, 'm.')}, ${list(verifications, 'v.')}
     FROM messages m JOIN verifications v ON v.id = m.verification_id
     WHERE ${conditions.join(' AND ')}
     ORDER BY ${order} ${direction}, m.id ${direction} LIMIT ?`,
    [...values, limit],
  );
  const width = Object.keys(messages.columns).length;
  const found = rows.map((row) => ({
    message: messages.fromRow(row.slice(0, width)),
    verification: verifications.fromRow(row.slice(width)),
  }));
  return after === null ? found.reverse() : found;
}

function keyOf(row: SqlRow): Key {
  return {
    id: Buffer.from(row[0] as Uint8Array).toString('hex'),
    projectId: row[1] as string,
    mode: row[2] as Key['mode'],
  };
}
