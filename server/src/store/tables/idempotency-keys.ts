import type { Mode, Scope } from '../../domain/scope.ts';
import { bufferOf, bytesHex, hexBytes, type Table } from '../table.ts';

/** What a create was answered, for whoever sends it again with the same key. */
export type StoredAnswer = Scope & {
  readonly keyHash: string;
  readonly requestDigest: string;
  readonly sealedAnswer: Uint8Array;
  readonly createdAtMs: number;
};
export type AnswerKey = Scope & { readonly keyHash: string };

export const idempotencyKeys: Table<StoredAnswer, AnswerKey> = {
  name: 'idempotency_keys',
  columns: {
    key_hash: 'hex',
    project_id: 'text',
    mode: 'text',
    request_digest: 'hex',
    sealed_answer: 'bytes',
    created_at_ms: 'int',
  },
  key: ['key_hash', 'project_id', 'mode'],
  mutable: ['request_digest', 'sealed_answer', 'created_at_ms'],
  keyValues: (key) => [hexBytes(key.keyHash), key.projectId, key.mode],
  keyOf: (answer) => answer,
  toRow: (a) => [
    ...[hexBytes(a.keyHash), a.projectId, a.mode, hexBytes(a.requestDigest), a.sealedAnswer, a.createdAtMs],
  ],
  fromRow: (row) => ({
    keyHash: bytesHex(row[0]),
    projectId: row[1] as string,
    mode: row[2] as Mode,
    requestDigest: bytesHex(row[3]),
    sealedAnswer: bufferOf(row[4]),
    createdAtMs: row[5] as number,
  }),
};
