import type { Mode, Scope } from '../../domain/scope.ts';
import { bytesHex, hexBytes, type Table } from '../table.ts';

/** Which factor a credential is. The credential itself is in the factor. */
export type PasskeyRow = PasskeyKey & { readonly factorId: string; readonly createdAtMs: number };
/** Keyed hash of a credential id (32 hexadecimal characters). */
type PasskeyKey = Scope & { readonly credentialKey: string };

export const passkeys: Table<PasskeyRow, PasskeyKey> = {
  name: 'passkeys',
  columns: {
    credential_key: 'hex',
    project_id: 'text',
    mode: 'text',
    factor_id: 'id',
    created_at_ms: 'int',
  },
  key: ['credential_key', 'project_id', 'mode'],
  mutable: ['factor_id'],
  keyValues: (key) => [hexBytes(key.credentialKey), key.projectId, key.mode],
  keyOf: (row) => row,
  toRow: (row) => [hexBytes(row.credentialKey), row.projectId, row.mode, row.factorId, row.createdAtMs],
  fromRow: (row) => ({
    credentialKey: bytesHex(row[0]),
    projectId: row[1] as string,
    mode: row[2] as Mode,
    factorId: row[3] as string,
    createdAtMs: row[4] as number,
  }),
};
