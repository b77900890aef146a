import type { CountedMessage } from '../domain/insight/counting.ts';
import { NO_COUNTRY } from '../domain/insight/figures.ts';
import type { Channel, MessageState, Routing } from '../domain/message.ts';
import type { Mode } from '../domain/scope.ts';
import type { Verification } from '../domain/verification.ts';
import { list, type RunQuery } from './columns.ts';
import type { IdCodec } from './ids.ts';
import type { Countable, InsightReader, ListedVerification, ListFilter } from './insight.ts';
import { fromStoredRow } from './stored.ts';
import { bytesHex, hexBytes, type SqlRow, type SqlValue } from './table.ts';
import { messages, refusals, sieves, verifications } from './tables.ts';

/** Ids in one question; questions of equal size share a prepared statement, so the last id is repeated. */
const SIZES = [1, 8, 64, 256] as const;

export function insightQuestions(run: RunQuery, ids: IdCodec): InsightReader {
  const byIds = async (select: string, stored: readonly Uint8Array[]): Promise<readonly SqlRow[]> => {
    const rows: SqlRow[] = [];
    for (let at = 0; at < stored.length; at += SIZES[3]) {
      const some = stored.slice(at, at + SIZES[3]);
      const size = SIZES.find((one) => one >= some.length) ?? SIZES[3];
      const values = Array.from({ length: size }, (_, i) => some[Math.min(i, some.length - 1)] as Uint8Array);
      rows.push(...(await run(`${select} IN (${values.map(() => '?').join(', ')})`, values)));
    }
    return rows;
  };
  return {
    async countable({ after, before, limit }) {
      const rows = await run(
        `SELECT v.id, v.project_id, v.mode, v.state, v.channel, v.created_at_ms, v.expires_at_ms, v.closed_at_ms,
           v.guard, v.recipient_key, v.reference, ${COUNTED}
         FROM verifications v LEFT JOIN messages m ON m.id = v.message_id
         WHERE v.id > ? AND v.id < ? ORDER BY v.id LIMIT ?`,
        [hexBytes(after), hexBytes(before), limit],
      );
      return rows.map((row) => countableOf(row, ids));
    },
    async countableRefusals({ after, before, limit }) {
      const rows = await run(
        `SELECT id, project_id, mode, at_ms, country, channel, rule, recipient_key FROM refusals
         WHERE id > ? AND id < ? ORDER BY id LIMIT ?`,
        [hexBytes(after), hexBytes(before), limit],
      );
      return rows.map((row) => ({
        ...{ place: bytesHex(row[0]), projectId: row[1] as string, mode: row[2] as Mode },
        ...{ atMs: row[3] as number, country: row[4] as string | null, channel: row[5] as Channel },
        ...{ rule: row[6] as string, recipientKey: bytesHex(row[7]) },
      }));
    },
    async countedMessages(wanted) {
      const stored = wanted.map((id) => ids.toStored(id));
      const rows = await byIds(`SELECT ${COUNTED} FROM messages m WHERE m.id`, stored);
      const found = new Map(rows.map((row) => [bytesHex(row[0]), messageOf(row, 0, ids)]));
      return [...found.values()];
    },
    async listVerifications({ after, before, limit, where, nowMs }) {
      const { conditions, values } = narrowed(where, nowMs);
      const rows = await run(
        `${SELECT_LISTED} WHERE v.id > ? AND v.id < ?${conditions} ORDER BY v.id DESC LIMIT ?`,
        [hexBytes(after), hexBytes(before), ...values, limit],
      );
      return rows.map((row) => listedOf(row, ids));
    },
    async listRefusals({ after, before, limit, where }) {
      const { conditions, values } = equal(
        [
          ['project_id', where.projectId],
          ['mode', where.mode],
          ['channel', where.channel],
          ['country', where.country === NO_COUNTRY ? undefined : where.country],
        ],
        where.recipientKey,
        'recipient_key',
      );
      const rows = await run(
        `SELECT id, ${list(refusals)} FROM refusals WHERE id > ? AND id < ?${conditions} ORDER BY id DESC LIMIT ?`,
        [hexBytes(after), hexBytes(before), ...values, limit],
      );
      return rows.map((row) => ({
        place: bytesHex(row[0]),
        refusal: fromStoredRow(refusals, row.slice(1), ids),
      }));
    },
    async verificationsAt(places) {
      const rows = await byIds(`${SELECT_LISTED} WHERE v.id`, places.map(hexBytes));
      const found = new Map(rows.map((row) => [bytesHex(row[0]), row]));
      return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => listedOf(row, ids));
    },
    async placesAfter(of, after, limit) {
      const rows = await run(`SELECT id FROM ${of} WHERE id > ? ORDER BY id LIMIT ?`, [
        hexBytes(after),
        limit,
      ]);
      return rows.map((row) => bytesHex(row[0]));
    },
    async placeBack(of, before, rows) {
      const [row] = await run(`SELECT id FROM ${of} WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?`, [
        hexBytes(before),
        rows,
      ]);
      return row === undefined ? null : bytesHex(row[0]);
    },
    placeOf: (id) => bytesHex(ids.toStored(id)),
    async keyOf(of, id) {
      const [row] = await run(`SELECT project_id, mode FROM ${of} WHERE id = ?`, [ids.toStored(id)]);
      return row === undefined ? null : { id, projectId: row[0] as string, mode: row[1] as Mode };
    },
    async sievesBefore(of, before, limit) {
      const rows = await run(
        `SELECT ${list(sieves)} FROM sieves WHERE of_table = ? AND last_place < ?
         ORDER BY last_place DESC LIMIT ?`,
        [of, hexBytes(before), limit],
      );
      return rows.map((row) => fromStoredRow(sieves, row, ids));
    },
  };
}

const COUNTED = `m.id, m.channel, m.provider, m.state, m.created_at_ms, m.sent_at_ms, m.ended_at_ms, m.routing`;
const VERIFICATION_WIDTH = Object.keys(verifications.columns).length;
const SELECT_LISTED = `SELECT v.id, ${list(verifications, 'v.')}, ${list(messages, 'm.')}
  FROM verifications v LEFT JOIN messages m ON m.id = v.message_id`;

function countableOf(row: SqlRow, ids: IdCodec): Countable {
  return {
    ...{ place: bytesHex(row[0]), projectId: row[1] as string, mode: row[2] as Mode },
    ...{ state: row[3] as Verification['state'], channel: row[4] as Channel },
    ...{ createdAtMs: row[5] as number, expiresAtMs: row[6] as number, closedAtMs: row[7] as number | null },
    ...{
      guard: row[8] as string | null,
      recipientKey: bytesHex(row[9]),
      reference: row[10] as string | null,
    },
    last: row[11] === null ? null : messageOf(row, 11, ids),
  };
}

function messageOf(row: SqlRow, at: number, ids: IdCodec): CountedMessage {
  const routing = row[at + 7] as string | null;
  return {
    ...{ id: ids.fromStored(row[at] as Uint8Array), channel: row[at + 1] as Channel },
    ...{ provider: row[at + 2] as string, state: row[at + 3] as MessageState },
    ...{ createdAtMs: row[at + 4] as number, sentAtMs: row[at + 5] as number | null },
    ...{ endedAtMs: row[at + 6] as number | null },
    routing: routing === null ? null : (JSON.parse(routing) as Routing),
  };
}

function listedOf(row: SqlRow, ids: IdCodec): ListedVerification {
  const ofMessage = row.slice(1 + VERIFICATION_WIDTH);
  return {
    place: bytesHex(row[0]),
    verification: fromStoredRow(verifications, row.slice(1, 1 + VERIFICATION_WIDTH), ids),
    message: ofMessage[0] === null ? null : fromStoredRow(messages, ofMessage, ids),
  };
}

function equal(
  columns: readonly (readonly [column: string, value: string | undefined])[],
  recipientKey: string | undefined,
  recipientColumn: string,
): { conditions: string; values: SqlValue[] } {
  const wanted = columns.filter(([, value]) => value !== undefined) as (readonly [string, string])[];
  const values: SqlValue[] = wanted.map(([, value]) => value);
  let conditions = wanted.map(([column]) => ` AND ${column} = ?`).join('');
  if (recipientKey !== undefined) {
    conditions += ` AND ${recipientColumn} = ?`;
    values.push(hexBytes(recipientKey));
  }
  return { conditions, values };
}

/** `%` and `_` that were typed find more than they say; whoever asks looks at what is found. */
const holding = (text: string): string => `%${text}%`;

/** Where a country and the words of a reason stand. The words are asked for in small letters. */
function roughly({ country, reason }: ListFilter): { conditions: string; values: SqlValue[] } {
  const ofCountry =
    country === undefined
      ? ''
      : country === NO_COUNTRY
        ? ' AND (v.guard IS NULL OR v.guard NOT LIKE ?)'
        : ' AND (v.guard LIKE ? OR m.routing LIKE ?)';
  const values =
    country === undefined
      ? []
      : country === NO_COUNTRY
        ? [holding('country=')]
        : [holding(`country=${country}`), holding(`"country":"${country}"`)];
  // The databases differ in what small letters are, beyond those of English.
  if (reason === undefined || !/^[\x20-\x7e]*$/.test(reason)) return { conditions: ofCountry, values };
  const words = holding(reason.toLowerCase());
  return {
    conditions: `${ofCountry} AND (lower(v.reason) LIKE ? OR lower(m.reason) LIKE ?)`,
    values: [...values, words, words],
  };
}

/** What is past its time counts as expired, whether or not the sweep has come. */
function narrowed(
  { state, ...where }: ListFilter,
  nowMs: number,
): { conditions: string; values: SqlValue[] } {
  const exactly = equal(
    [
      ['v.project_id', where.projectId],
      ['v.mode', where.mode],
      ['v.channel', where.channel],
      ['m.provider', where.provider],
      ['v.reference', where.reference],
    ],
    where.recipientKey,
    'v.recipient_key',
  );
  const more = roughly(where);
  const found = {
    conditions: exactly.conditions + more.conditions,
    values: [...exactly.values, ...more.values],
  };
  if (state === undefined) return found;
  if (state === 'open') {
    return {
      conditions: `${found.conditions} AND v.state = 'open' AND v.expires_at_ms > ?`,
      values: [...found.values, nowMs],
    };
  }
  if (state === 'expired') {
    return {
      conditions: `${found.conditions} AND (v.state = 'expired' OR (v.state = 'open' AND v.expires_at_ms <= ?))`,
      values: [...found.values, nowMs],
    };
  }
  return { conditions: `${found.conditions} AND v.state = ?`, values: [...found.values, state] };
}
