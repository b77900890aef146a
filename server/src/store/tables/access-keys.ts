import type { AccessKey } from '../../domain/access-key.ts';
import { keptKeyScopes, writeKeyScopes } from '../../domain/key-scope.ts';
import type { Mode } from '../../domain/scope.ts';
import { bufferOf, type Table } from '../table.ts';

/** Access keys, found by the digest of the whole key. */
export const accessKeys: Table<AccessKey, { readonly digest: Uint8Array }> = {
  name: 'access_keys',
  columns: {
    digest: 'bytes',
    id: 'text',
    project_id: 'text',
    mode: 'text',
    name: 'text',
    created_at_ms: 'int',
    revoked_at_ms: 'int',
    expires_at_ms: 'int',
    last_used_at_ms: 'int',
    scopes: 'text',
  },
  key: ['digest'],
  mutable: ['name', 'revoked_at_ms', 'expires_at_ms', 'last_used_at_ms'],
  keyValues: (key) => [key.digest],
  keyOf: (key) => key,
  toRow: (key) => [
    ...[key.digest, key.id, key.projectId, key.mode, key.name, key.createdAtMs, key.revokedAtMs],
    ...[key.expiresAtMs, key.lastUsedAtMs, writeKeyScopes(key.scopes)],
  ],
  fromRow: (row) => ({
    digest: bufferOf(row[0]),
    id: row[1] as string,
    projectId: row[2] as string,
    mode: row[3] as Mode,
    name: row[4] as string,
    createdAtMs: row[5] as number,
    revokedAtMs: row[6] as number | null,
    expiresAtMs: row[7] as number | null,
    lastUsedAtMs: row[8] as number | null,
    scopes: keptKeyScopes(row[9] as string | null),
  }),
};
