import { bufferOf, type Query, type Table } from '../table.ts';

/** A key that signs proofs, as it is kept. */
export type StoredSigningKey = {
  readonly kid: string;
  readonly sealedSeed: Uint8Array;
  readonly createdAtMs: number;
  readonly activeFromMs: number;
};

const USE = 'proof';

export const signingKeys: Table<StoredSigningKey, { readonly kid: string }> = {
  name: 'signing_keys',
  columns: {
    kid: 'text',
    key_use: 'text',
    sealed_seed: 'bytes',
    created_at_ms: 'int',
    active_from_ms: 'int',
  },
  key: ['kid'],
  mutable: ['active_from_ms'],
  keyValues: (key) => [key.kid],
  keyOf: (key) => key,
  toRow: (key) => [key.kid, USE, key.sealedSeed, key.createdAtMs, key.activeFromMs],
  fromRow: (row) => ({
    kid: row[0] as string,
    sealedSeed: bufferOf(row[2]),
    createdAtMs: row[3] as number,
    activeFromMs: row[4] as number,
  }),
};

export const allSigningKeys: Query<StoredSigningKey, null> = {
  name: 'all_signing_keys',
  table: signingKeys as Table<StoredSigningKey, never>,
  columns: ['key_use'],
  equals: () => [USE],
  condition: 'created_at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};
