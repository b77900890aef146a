import type { Channel } from '../../domain/message.ts';
import type { Key, Mode, Scope } from '../../domain/scope.ts';
import type { Text, TextDetails, TextKind, TextWording } from '../../domain/text.ts';
import {
  bufferOf,
  bytesHex,
  hexBytes,
  type Query,
  type SqlRow,
  type SqlValue,
  type Table,
} from '../table.ts';

/** Texts without a code: one row for each recipient. */
export const texts: Table<Text, Key> = {
  name: 'texts',
  columns: {
    id: 'id',
    project_id: 'text',
    mode: 'text',
    batch_id: 'hex',
    place: 'int',
    kind: 'text',
    channel: 'text',
    recipient_key: 'hex',
    sealed_recipient: 'bytes',
    sealed_body: 'bytes',
    sealed_report_url: 'bytes',
    originator: 'text',
    reference: 'text',
    wording: 'json',
    details: 'json',
    message_id: 'id',
    created_at_ms: 'int',
    scheduled_at_ms: 'int',
    expires_at_ms: 'int',
    canceled_at_ms: 'int',
    guard: 'json',
  },
  key: ['id', 'project_id', 'mode'],
  mutable: ['sealed_recipient', 'sealed_body', 'sealed_report_url', 'message_id', 'canceled_at_ms', 'guard'],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (text) => text,
  toRow: (text) => [
    text.id,
    text.projectId,
    text.mode,
    hexBytes(text.batchId),
    text.place,
    text.kind,
    text.channel,
    hexBytes(text.recipientKey),
    text.sealedRecipient,
    text.sealedBody,
    text.sealedReportUrl,
    text.originator,
    text.reference,
    JSON.stringify(text.wording),
    JSON.stringify(text.details),
    text.messageId,
    text.createdAtMs,
    text.scheduledAtMs,
    text.expiresAtMs,
    text.canceledAtMs,
    text.guard,
  ],
  fromRow,
};

function fromRow(row: SqlRow): Text {
  return {
    id: row[0] as string,
    projectId: row[1] as string,
    mode: row[2] as Mode,
    batchId: bytesHex(row[3]),
    place: row[4] as number,
    kind: row[5] as TextKind,
    channel: row[6] as Channel,
    recipientKey: bytesHex(row[7]),
    sealedRecipient: bytesOrNull(row[8]),
    sealedBody: bytesOrNull(row[9]),
    sealedReportUrl: bytesOrNull(row[10]),
    originator: row[11] as string,
    reference: row[12] as string | null,
    wording: JSON.parse(row[13] as string) as TextWording,
    details: JSON.parse(row[14] as string) as TextDetails,
    messageId: row[15] as string,
    createdAtMs: row[16] as number,
    scheduledAtMs: row[17] as number | null,
    expiresAtMs: row[18] as number,
    canceledAtMs: row[19] as number | null,
    guard: row[20] as string | null,
  };
}

const bytesOrNull = (value: SqlValue | undefined): Uint8Array | null =>
  value === null || value === undefined ? null : bufferOf(value);

/** All texts of one request. */
export const textsOfBatch: Query<Text, Scope & { readonly batchId: string }> = {
  name: 'texts_of_batch',
  table: texts as Table<Text, never>,
  columns: ['batch_id', 'project_id', 'mode'],
  equals: (by) => [hexBytes(by.batchId), by.projectId, by.mode],
  condition: 'created_at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};
