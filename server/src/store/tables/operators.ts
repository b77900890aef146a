import type { Operator, OperatorLink, OperatorSession, Role } from '../../domain/operator.ts';
import { bytesHex, hexBytes, type Query, type Table } from '../table.ts';

export const operators: Table<Operator, Pick<Operator, 'id'>> = {
  name: 'operators',
  columns: {
    id: 'hex',
    name: 'text',
    role: 'text',
    password: 'text',
    created_at_ms: 'int',
    disabled_at_ms: 'int',
  },
  key: ['id'],
  mutable: ['role', 'password', 'disabled_at_ms'],
  keyValues: (key) => [hexBytes(key.id)],
  keyOf: (operator) => operator,
  toRow: (o) => [hexBytes(o.id), o.name, o.role, o.password, o.createdAtMs, o.disabledAtMs],
  fromRow: (row) => ({
    id: bytesHex(row[0]),
    name: row[1] as string,
    role: row[2] as Role,
    password: row[3] as string | null,
    createdAtMs: row[4] as number,
    disabledAtMs: row[5] as number | null,
  }),
};

export const operatorsNamed: Query<Operator, Pick<Operator, 'name'>> = {
  name: 'operators_named',
  table: operators as Table<Operator, never>,
  columns: ['name'],
  equals: (by) => [by.name],
  condition: 'created_at_ms > ?',
  sinceMs: 2 ** 52,
};

export const allOperators: Query<Operator, Record<never, never>> = {
  name: 'all_operators',
  table: operators as Table<Operator, never>,
  columns: [],
  equals: () => [],
  condition: 'created_at_ms > ?',
  sinceMs: 2 ** 52,
};

export const operatorsOfRole: Query<Operator, Pick<Operator, 'role'>> = {
  name: 'operators_of_role',
  table: operators as Table<Operator, never>,
  condition: 'created_at_ms > ?',
  sinceMs: 2 ** 52,
  columns: ['role'],
  equals: (by) => [by.role],
};

export const operatorSessions: Table<OperatorSession, Pick<OperatorSession, 'digest'>> = {
  name: 'operator_sessions',
  columns: {
    ...{ digest: 'hex', operator_id: 'hex', stage: 'text', created_at_ms: 'int' },
    ...{ seen_at_ms: 'int', proved_at_ms: 'int' },
  },
  key: ['digest'],
  mutable: ['seen_at_ms', 'proved_at_ms'],
  keyValues: (key) => [hexBytes(key.digest)],
  keyOf: (session) => session,
  toRow: (s) => [
    hexBytes(s.digest),
    hexBytes(s.operatorId),
    s.stage,
    s.createdAtMs,
    s.seenAtMs,
    s.provedAtMs,
  ],
  fromRow: (row) => ({
    digest: bytesHex(row[0]),
    operatorId: bytesHex(row[1]),
    stage: row[2] as OperatorSession['stage'],
    createdAtMs: row[3] as number,
    seenAtMs: row[4] as number,
    provedAtMs: row[5] as number | null,
  }),
};

export const sessionsOfOperator: Query<OperatorSession, Pick<OperatorSession, 'operatorId'>> = {
  name: 'sessions_of_operator',
  table: operatorSessions as Table<OperatorSession, never>,
  columns: ['operator_id'],
  equals: (by) => [hexBytes(by.operatorId)],
  condition: 'created_at_ms > ?',
  sinceMs: 2 ** 52,
};

export const operatorLinks: Table<OperatorLink, Pick<OperatorLink, 'digest'>> = {
  name: 'operator_links',
  columns: {
    ...{ digest: 'hex', purpose: 'text', role: 'text', created_by: 'hex', created_at_ms: 'int' },
    ...{ expires_at_ms: 'int', used_at_ms: 'int' },
  },
  key: ['digest'],
  mutable: ['used_at_ms'],
  keyValues: (key) => [hexBytes(key.digest)],
  keyOf: (link) => link,
  toRow: (l) => [
    hexBytes(l.digest),
    l.purpose,
    l.role,
    l.createdBy === null ? null : hexBytes(l.createdBy),
    l.createdAtMs,
    l.expiresAtMs,
    l.usedAtMs,
  ],
  fromRow: (row) => ({
    digest: bytesHex(row[0]),
    purpose: row[1] as OperatorLink['purpose'],
    role: row[2] as Role,
    createdBy: row[3] === null ? null : bytesHex(row[3]),
    createdAtMs: row[4] as number,
    expiresAtMs: row[5] as number,
    usedAtMs: row[6] as number | null,
  }),
};
