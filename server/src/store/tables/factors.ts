import type {
  Factor,
  FactorKind,
  RecoveryFactor,
  SentFactor,
  TokenFactor,
  WebauthnFactor,
} from '../../domain/factor.ts';
import type { Key, Mode, UserKey } from '../../domain/scope.ts';
import {
  bufferOf,
  bytesHex,
  hexBytes,
  type Query,
  type SqlRow,
  type SqlValue,
  type Table,
} from '../table.ts';

export const factors: Table<Factor, Key> = {
  name: 'factors',
  columns: {
    id: 'id',
    project_id: 'text',
    mode: 'text',
    user_key: 'hex',
    kind: 'text',
    name: 'text',
    created_at_ms: 'int',
    confirmed_at_ms: 'int',
    last_used_at_ms: 'int',
    tries: 'json',
    settings: 'json',
    memory: 'json',
    sealed_secret: 'bytes',
    recipient_key: 'hex',
    verification_id: 'hex',
    serial: 'text',
  },
  key: ['id', 'project_id', 'mode'],
  mutable: ['name', 'confirmed_at_ms', 'last_used_at_ms', 'tries', 'memory', 'verification_id'],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (f) => f,
  toRow: (f) => [
    f.id,
    f.projectId,
    f.mode,
    hexBytes(f.userKey),
    f.kind,
    f.name,
    f.createdAtMs,
    f.confirmedAtMs,
    f.lastUsedAtMs,
    JSON.stringify(f.tries),
    ...toKindRow(f),
  ],
  fromRow,
};

/** settings, memory, sealed_secret, recipient_key, verification_id, serial */
function toKindRow(f: Factor): readonly SqlValue[] {
  switch (f.kind) {
    case 'totp':
    case 'hotp':
    case 'ocra':
    case 'yubikey':
      return [JSON.stringify(f.settings), JSON.stringify(f.memory), f.sealedSecret, null, null, f.serial];
    case 'webauthn':
      return [JSON.stringify(f.settings), JSON.stringify(f.memory), null, null, null, null];
    case 'recovery':
      return [
        JSON.stringify({ salt: f.salt }),
        JSON.stringify({ digests: f.digests }),
        null,
        null,
        null,
        null,
      ];
    default: {
      const verification = f.verificationId === null ? null : hexBytes(f.verificationId);
      return ['{}', '{}', f.sealedSecret, hexBytes(f.recipientKey), verification, null];
    }
  }
}

function fromRow(row: SqlRow): Factor {
  const about = {
    id: row[0] as string,
    projectId: row[1] as string,
    mode: row[2] as Mode,
    userKey: bytesHex(row[3]),
    name: row[5] as string | null,
    createdAtMs: row[6] as number,
    confirmedAtMs: row[7] as number | null,
    lastUsedAtMs: row[8] as number | null,
    tries: JSON.parse(row[9] as string) as Factor['tries'],
  };
  const kind = row[4] as FactorKind;
  const settings: unknown = JSON.parse(row[10] as string);
  const memory: unknown = JSON.parse(row[11] as string);
  const sealedSecret = bufferOf(row[12]);
  switch (kind) {
    case 'totp':
    case 'hotp':
    case 'ocra':
    case 'yubikey':
      return { ...about, kind, settings, memory, sealedSecret, serial: row[15] } as TokenFactor;
    case 'webauthn':
      return { ...about, kind, settings, memory } as WebauthnFactor;
    case 'recovery':
      return {
        ...{ ...about, kind },
        ...(settings as Pick<RecoveryFactor, 'salt'>),
        ...(memory as Pick<RecoveryFactor, 'digests'>),
      };
    default:
      return { ...about, kind, sealedSecret, ...sentOf(row) };
  }
}

const sentOf = (row: SqlRow): Pick<SentFactor, 'recipientKey' | 'verificationId'> => ({
  recipientKey: bytesHex(row[13]),
  verificationId: row[14] === null ? null : bytesHex(row[14]),
});

/** All factors of one user. */
export const factorsOfUser: Query<Factor, UserKey> = {
  name: 'factors_of_user',
  table: factors as Table<Factor, never>,
  columns: ['user_key', 'project_id', 'mode'],
  equals: (by) => [hexBytes(by.userKey), by.projectId, by.mode],
  condition: 'created_at_ms > ?',
  sinceMs: Number.MAX_SAFE_INTEGER, // however long ago
};
