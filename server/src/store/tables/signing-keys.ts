import { bufferOf, type Query, type SqlRow, type Table } from '../table.ts';

/** A key that signs, or will soon, or has lately: as it is kept. */
export type StoredSigningKey = {
  readonly kid: string;
  readonly createdAtMs: number;
  readonly activeFromMs: number;
} & (
  | { readonly state: 'held'; readonly sealedSeed: Uint8Array }
  /** It signs no more, and nobody can sign with it: its public half alone is kept, 32 bytes. */
  | { readonly state: 'retired'; readonly publicKey: Uint8Array; readonly retiredAtMs: number }
);

const USE = { held: 'proof', retired: 'retired' } as const;
const GONE = new Uint8Array();

export const signingKeys: Table<StoredSigningKey, { readonly kid: string }> = {
  name: 'signing_keys',
  columns: {
    kid: 'text',
    key_use: 'text',
    sealed_seed: 'bytes',
    created_at_ms: 'int',
    active_from_ms: 'int',
    public_key: 'bytes',
    retired_at_ms: 'int',
  },
  key: ['kid'],
  mutable: ['key_use', 'sealed_seed', 'active_from_ms', 'public_key', 'retired_at_ms'],
  keyValues: (key) => [key.kid],
  keyOf: (key) => key,
  toRow: (key) => [
    key.kid,
    USE[key.state],
    key.state === 'held' ? key.sealedSeed : GONE,
    key.createdAtMs,
    key.activeFromMs,
    key.state === 'held' ? null : key.publicKey,
    key.state === 'held' ? null : key.retiredAtMs,
  ],
  fromRow,
};

function fromRow(row: SqlRow): StoredSigningKey {
  const about = {
    kid: row[0] as string,
    createdAtMs: row[3] as number,
    activeFromMs: row[4] as number,
  };
  if (row[1] !== USE.retired) return { ...about, state: 'held', sealedSeed: bufferOf(row[2]) };
  return { ...about, state: 'retired', publicKey: bufferOf(row[5]), retiredAtMs: row[6] as number };
}

const keysThat = (name: string, state: StoredSigningKey['state']): Query<StoredSigningKey, null> => ({
  name,
  table: signingKeys as Table<StoredSigningKey, never>,
  columns: ['key_use'],
  equals: () => [USE[state]],
  condition: 'created_at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
});
export const heldSigningKeys = keysThat('held_signing_keys', 'held');
export const retiredSigningKeys = keysThat('retired_signing_keys', 'retired');
