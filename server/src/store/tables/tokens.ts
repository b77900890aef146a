import type { Mode, Scope } from '../../domain/scope.ts';
import type { Token, TokenMake } from '../../domain/token.ts';
import { bufferOf, bytesHex, hexBytes, type Query, type SqlRow, type Table } from '../table.ts';

export type TokenKey = Scope & { readonly serial: string };

export const tokens: Table<Token, TokenKey> = {
  name: 'tokens',
  columns: {
    serial: 'text',
    project_id: 'text',
    mode: 'text',
    kind: 'text',
    state: 'text',
    settings: 'json',
    memory: 'json',
    sealed_secret: 'bytes',
    factor_id: 'hex',
    created_at_ms: 'int',
  },
  key: ['serial', 'project_id', 'mode'],
  mutable: ['state', 'memory', 'factor_id'],
  keyValues: (key) => [key.serial, key.projectId, key.mode],
  keyOf: (token) => token,
  toRow: (token) => [
    token.serial,
    token.projectId,
    token.mode,
    token.kind,
    token.state,
    JSON.stringify(token.settings),
    JSON.stringify(token.memory),
    token.sealedSecret,
    token.factorId === null ? null : hexBytes(token.factorId),
    token.createdAtMs,
  ],
  fromRow,
};

function fromRow(row: SqlRow): Token {
  const make = {
    kind: row[3],
    settings: JSON.parse(row[5] as string),
    memory: JSON.parse(row[6] as string),
  } as TokenMake;
  return {
    serial: row[0] as string,
    projectId: row[1] as string,
    mode: row[2] as Mode,
    ...make,
    state: row[4] as Token['state'],
    sealedSecret: bufferOf(row[7]),
    factorId: row[8] === null ? null : bytesHex(row[8]),
    createdAtMs: row[9] as number,
  };
}

/** All tokens of a project, in the order of their serial numbers. */
export const tokensIn: Query<Token, Scope & { readonly state: Token['state'] }> = {
  name: 'tokens_in',
  table: tokens as Table<Token, never>,
  columns: ['project_id', 'mode', 'state'],
  equals: (by) => [by.projectId, by.mode, by.state],
  condition: 'created_at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};
