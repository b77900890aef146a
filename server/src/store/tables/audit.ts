import type { AuditEntry, Checkpoint } from '../../domain/audit.ts';
import { bytesHex, hexBytes, type Query, type Table } from '../table.ts';

export const auditEntries: Table<AuditEntry, Pick<AuditEntry, 'id'>> = {
  name: 'audit_entries',
  columns: {
    ...{ id: 'id', sequence: 'int', at_ms: 'int', node: 'text', actor: 'text', action: 'text' },
    ...{ object: 'text', result: 'text', mac: 'hex', hash: 'hex' },
  },
  key: ['id'],
  mutable: ['sequence', 'hash'],
  keyValues: (key) => [key.id],
  keyOf: (entry) => entry,
  toRow: (e) => [
    ...[e.id, e.sequence, e.atMs, e.node, e.actor, e.action, e.object, e.result, hexBytes(e.mac)],
    e.hash === null ? null : hexBytes(e.hash),
  ],
  fromRow: (row) => ({
    id: row[0] as string,
    sequence: row[1] as number,
    atMs: row[2] as number,
    node: row[3] as string,
    actor: row[4] as string | null,
    action: row[5] as string,
    object: row[6] as string,
    result: row[7] as string,
    mac: bytesHex(row[8]),
    hash: row[9] === null ? null : bytesHex(row[9]),
  }),
};

/** Entries that have no place in the chain yet: with 0. */
export const auditEntriesAt: Query<AuditEntry, Pick<AuditEntry, 'sequence'>> = {
  name: 'audit_entries_at',
  table: auditEntries as Table<AuditEntry, never>,
  columns: ['sequence'],
  equals: (by) => [by.sequence],
  condition: 'at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};

export const auditCheckpoints: Table<Checkpoint, Pick<Checkpoint, 'sequence'>> = {
  name: 'audit_checkpoints',
  columns: { sequence: 'int', hash: 'hex', at_ms: 'int', previous: 'int', statement: 'text' },
  key: ['sequence'],
  mutable: ['statement'],
  keyValues: (key) => [key.sequence],
  keyOf: (checkpoint) => checkpoint,
  toRow: (c) => [c.sequence, hexBytes(c.hash), c.atMs, c.previous, c.statement],
  fromRow: (row) => ({
    sequence: row[0] as number,
    hash: bytesHex(row[1]),
    atMs: row[2] as number,
    previous: row[3] as number,
    statement: row[4] as string,
  }),
};

/** All of them. */
export const allAuditCheckpoints: Query<Checkpoint, Record<never, never>> = {
  name: 'all_audit_checkpoints',
  table: auditCheckpoints as Table<Checkpoint, never>,
  columns: [],
  equals: () => [],
  condition: 'at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};
