import type { Channel, Message, MessageEnding } from '../../domain/message.ts';
import type { Mode } from '../../domain/verification.ts';
import type { Key } from '../store.ts';
import { bufferOf, bytesHex, hexBytes, type SqlRow, type Table } from '../table.ts';

const columns = {
  id: 'hex',
  project_id: 'text',
  mode: 'text',
  verification_id: 'hex',
  state: 'text',
  channel: 'text',
  provider: 'text',
  created_at_ms: 'int',
  code_expires_at_ms: 'int',
  sealed_code: 'bytes',
  reference: 'text',
  sent_at_ms: 'int',
  ended_at_ms: 'int',
  reason: 'text',
} as const;

export const messages: Table<Message, Key> = {
  name: 'messages',
  columns,
  key: ['id', 'project_id', 'mode'],
  keyValues: (key) => [hexBytes(key.id), key.projectId, key.mode],
  keyOf: (m) => m,
  toRow: (m) => [
    hexBytes(m.id),
    m.projectId,
    m.mode,
    hexBytes(m.verificationId),
    m.state,
    m.channel,
    m.provider,
    m.createdAtMs,
    m.codeExpiresAtMs,
    m.sealedCode,
    m.reference,
    m.state === 'pending' ? null : m.sentAtMs,
    m.state === 'pending' || m.state === 'sent' ? null : m.endedAtMs,
    m.state === 'pending' || m.state === 'sent' ? null : m.reason,
  ],
  fromRow,
};

function fromRow(row: SqlRow): Message {
  const about = {
    id: bytesHex(row[0]),
    projectId: row[1] as string,
    mode: row[2] as Mode,
    verificationId: bytesHex(row[3]),
    channel: row[5] as Channel,
    provider: row[6] as string,
    createdAtMs: row[7] as number,
    codeExpiresAtMs: row[8] as number,
    sealedCode: row[9] === null ? null : bufferOf(row[9]),
    reference: row[10] as string | null,
  };
  const state = row[4];
  if (state === 'pending') return { ...about, state };
  if (state === 'sent') return { ...about, state, sentAtMs: row[11] as number };
  return {
    ...about,
    state: state as MessageEnding,
    sentAtMs: row[11] as number | null,
    endedAtMs: row[12] as number,
    reason: row[13] as string | null,
  };
}
