import type { Message } from '../domain/message.ts';
import type { Key } from '../domain/scope.ts';
import { auditQuestions } from './audit-reader.ts';
import { list, newestOf, type RunQuery } from './columns.ts';
import { historyQuestions } from './history-reader.ts';
import { type IdCodec, storedFrom } from './ids.ts';
import { insightQuestions } from './insight-reader.ts';
import type { Carried, Page, Reader } from './store.ts';
import { foundByKey, fromStoredRow, storedKey } from './stored.ts';
import { subjectQuestions } from './subject-reader.ts';
import { bytesHex, hexBytes, type Query, type SqlRow, type SqlValue, type Table } from './table.ts';
import { WITH_CODE } from './tables/verifications.ts';
import { accessKeys, breakers, idempotencyKeys, messages, texts, verifications } from './tables.ts';

export { list, newestOf, type RunQuery } from './columns.ts';

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
    async dueMessages(nowMs, limit, except = []) {
      const others =
        except.length === 0
          ? ''
          : ` AND (provider NOT IN (${except.map(() => '?').join(', ')}) OR expires_at_ms <= ?)`;
      const rows = await run(
        `SELECT id, project_id, mode, provider, expires_at_ms FROM messages
         WHERE due_at_ms IS NOT NULL AND due_at_ms <= ?${others}
         ORDER BY due_at_ms LIMIT ?`,
        [nowMs, ...(except.length === 0 ? [] : [...except, nowMs]), limit],
      );
      return rows.map((row) => ({
        ...keyOf(row),
        provider: row[3] as string,
        isExpired: (row[4] as number) <= nowMs,
      }));
    },
    async messageKey(id) {
      const [key] = await keys('SELECT id, project_id, mode FROM messages WHERE id = ?', [ids.toStored(id)]);
      return key ?? null;
    },
    async messageByReference(provider, reference) {
      const [key] = await keys(
        `SELECT id, project_id, mode FROM messages WHERE provider = ? AND reference = ?
         ORDER BY id DESC LIMIT 1`,
        [provider, reference],
      );
      return key ?? null;
    },
    async breakers() {
      const rows = await run(`SELECT ${list(breakers)} FROM breakers`, []);
      return rows.map((row) => fromStoredRow(breakers, row, ids));
    },
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
    carried: async (question) =>
      (await carried(run, ids, verifications, [WITH_CODE, 'v.sealed_code IS NOT NULL'], question)).map(
        ({ message, owner }) => ({ message, verification: owner }),
      ),
    staleTallies: async (nowMs, limit) =>
      (
        await run('SELECT subject, part FROM tallies WHERE until_ms <= ? ORDER BY until_ms LIMIT ?', [
          nowMs,
          limit,
        ])
      ).map((row) => ({ subject: row[0] as string, part: Number(row[1]) })),
    brakedTallies: async (nowMs, limit) =>
      (
        await run(
          `SELECT DISTINCT subject, brake_until_ms FROM tallies
           WHERE brake_until_ms IS NOT NULL AND until_ms > ? ORDER BY brake_until_ms DESC LIMIT ?`,
          [nowMs, limit],
        )
      ).map((row) => row[0] as string),
    accessKeys: async () =>
      (await run(`SELECT ${list(accessKeys)} FROM access_keys ORDER BY created_at_ms`, [])).map((row) =>
        fromStoredRow(accessKeys, row, ids),
      ),
    carriedTexts: async (question) =>
      (await carried(run, ids, texts, ['v.sealed_body IS NOT NULL'], question)).map(({ message, owner }) => ({
        message,
        text: owner,
      })),
    dueDeliveries: (endpointId, nowMs, limit) =>
      keys(
        `SELECT id, project_id, mode FROM webhook_deliveries
         WHERE endpoint_id = ? AND due_at_ms IS NOT NULL AND due_at_ms <= ?
         ORDER BY due_at_ms LIMIT ?`,
        [hexBytes(endpointId), nowMs, limit],
      ),
    dueHlrs: (nowMs, limit) =>
      keys(
        `SELECT id, project_id, mode FROM hlrs WHERE due_at_ms IS NOT NULL AND due_at_ms <= ?
         ORDER BY due_at_ms LIMIT ?`,
        [nowMs, limit],
      ),
    page: (table, question) => page(run, ids, table, question),
    insight: insightQuestions(run, ids),
    history: historyQuestions(run, ids),
    audit: auditQuestions(run, ids),
    subjects: subjectQuestions(run, ids),
    oldAnswers: async (beforeMs, limit) =>
      (
        await run(
          `SELECT ${list(idempotencyKeys)} FROM idempotency_keys WHERE created_at_ms < ?
           ORDER BY created_at_ms LIMIT ?`,
          [beforeMs, limit],
        )
      ).map((row) => fromStoredRow(idempotencyKeys, row, ids)),
  };
}

export function selectByKey<Value, K>(table: Table<Value, K>): string {
  return `SELECT ${list(table)} FROM ${table.name} WHERE ${table.key.map((name) => `${name} = ?`).join(' AND ')}`;
}

export function selectByQuery<Value, By>(query: Query<Value, By>): string {
  const where = [...query.columns.map((name) => `${name} = ?`), `(${query.condition})`].join(' AND ');
  return `SELECT ${list(query.table)} FROM ${query.table.name} WHERE ${where}${newestOf(query)}`;
}

/** The messages a provider carried that still have something to show, each with the row of `table` it belongs to. */
async function carried<Value>(
  run: RunQuery,
  ids: IdCodec,
  table: Table<Value, Key>,
  shown: readonly string[],
  question: Carried,
): Promise<readonly { message: Message; owner: Value }[]> {
  const { conditions, values, order, direction } = narrowed(ids, question, shown);
  const rows = await run(
    `SELECT ${list(messages, 'm.')}, ${list(table, 'v.')}
     FROM ${table.name} v JOIN messages m ON m.id = v.message_id
     WHERE ${conditions.join(' AND ')}
     ORDER BY ${order} ${direction}, m.id ${direction} LIMIT ?`,
    values,
  );
  const width = Object.keys(messages.columns).length;
  const found = rows.map((row) => ({
    message: fromStoredRow(messages, row.slice(0, width), ids),
    owner: fromStoredRow(table, row.slice(width), ids),
  }));
  return question.after === null ? found.reverse() : found;
}

/** What of all that is shown is asked for, and in which order. `m` is the message, `v` what it belongs to. */
function narrowed(
  ids: IdCodec,
  { provider, nowMs, limit, scope, recipientKey, show, after }: Carried,
  shown: readonly string[],
) {
  const conditions = [...shown, 'v.expires_at_ms > ?', 'm.provider = ?'];
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
  return { conditions, values: [...values, limit], order, direction };
}

async function page<Value>(
  run: RunQuery,
  ids: IdCodec,
  table: Table<Value, Key>,
  { scope, where, offset, limit }: Page,
): Promise<{ items: readonly Value[]; total: number }> {
  const wanted = Object.entries({ project_id: scope.projectId, mode: scope.mode, ...where });
  const condition = wanted
    .map(([name, value]) => `${name} ${value === null ? 'IS NULL' : '= ?'}`)
    .join(' AND ');
  const values = wanted.map(([, value]) => value).filter((value) => value !== null);
  const rows = await run(
    `SELECT ${list(table)} FROM ${table.name} WHERE ${condition} ORDER BY id DESC LIMIT ? OFFSET ?`,
    [...values, limit, offset],
  );
  const [counted] = await run(`SELECT COUNT(*) FROM ${table.name} WHERE ${condition}`, values);
  return { items: rows.map((row) => fromStoredRow(table, row, ids)), total: Number(counted?.[0] ?? 0) };
}
