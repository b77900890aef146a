import type { Hlr, HlrStatus } from '../../domain/hlr.ts';
import type { Key, Mode, Scope } from '../../domain/scope.ts';
import {
  bufferOf,
  bytesHex,
  hexBytes,
  type Query,
  type SqlRow,
  type SqlValue,
  type Table,
} from '../table.ts';

/** Questions to the home networks of numbers. */
export const hlrs: Table<Hlr, Key> = {
  name: 'hlrs',
  columns: {
    id: 'id',
    project_id: 'text',
    mode: 'text',
    number_key: 'hex',
    sealed_number: 'bytes',
    reference: 'text',
    state: 'text',
    provider: 'text',
    upstream_id: 'text',
    network: 'int',
    sealed_details: 'bytes',
    attempts: 'int',
    holder: 'text',
    due_at_ms: 'int',
    created_at_ms: 'int',
    status_at_ms: 'int',
  },
  key: ['id', 'project_id', 'mode'],
  mutable: [
    ...['sealed_number', 'state', 'upstream_id', 'network', 'sealed_details', 'attempts', 'holder'],
    ...['due_at_ms', 'status_at_ms'],
  ],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (hlr) => hlr,
  toRow: (h) => [
    ...[h.id, h.projectId, h.mode, hexBytes(h.numberKey), h.sealedNumber, h.reference, h.status, h.provider],
    ...[h.upstreamId, h.network, h.sealedDetails, h.attempts, h.holder, h.dueAtMs],
    ...[h.createdAtMs, h.statusAtMs],
  ],
  fromRow,
};

function fromRow(row: SqlRow): Hlr {
  return {
    ...{ id: row[0] as string, projectId: row[1] as string, mode: row[2] as Mode },
    numberKey: bytesHex(row[3]),
    sealedNumber: bytesOrNull(row[4]),
    reference: row[5] as string | null,
    status: row[6] as HlrStatus,
    provider: row[7] as string,
    upstreamId: row[8] as string | null,
    network: row[9] as number | null,
    sealedDetails: bytesOrNull(row[10]),
    attempts: row[11] as number,
    holder: row[12] as string | null,
    dueAtMs: row[13] as number | null,
    createdAtMs: row[14] as number,
    statusAtMs: row[15] as number,
  };
}

const bytesOrNull = (value: SqlValue | undefined): Uint8Array | null =>
  value === null || value === undefined ? null : bufferOf(value);

/** Every look-up of one number. */
export const hlrsOfNumber: Query<Hlr, Scope & { readonly numberKey: string }> = {
  name: 'hlrs_of_number',
  table: hlrs as Table<Hlr, never>,
  columns: ['number_key', 'project_id', 'mode'],
  equals: (by) => [hexBytes(by.numberKey), by.projectId, by.mode],
  condition: 'created_at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};
