import type { Channel, Message, MessageEnding, ReceiptStatus, Routing } from '../../domain/message.ts';
import type { Key, Mode } from '../../domain/scope.ts';
import type { SqlRow, SqlValue, Table } from '../table.ts';

export const messages: Table<Message, Key> = {
  name: 'messages',
  columns: {
    id: 'id',
    project_id: 'text',
    mode: 'text',
    verification_id: 'id',
    state: 'text',
    channel: 'text',
    provider: 'text',
    created_at_ms: 'int',
    expires_at_ms: 'int',
    reference: 'text',
    attempts: 'int',
    holder: 'text',
    due_at_ms: 'int',
    promised: 'text',
    sent_at_ms: 'int',
    ended_at_ms: 'int',
    reason: 'text',
    routing: 'json',
    is_reported: 'text',
  },
  key: ['id', 'project_id', 'mode'],
  mutable: [
    'state',
    'expires_at_ms',
    'reference',
    'attempts',
    'holder',
    'due_at_ms',
    'promised',
    'sent_at_ms',
    'ended_at_ms',
    'reason',
    'routing',
  ],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (m) => m,
  toRow: (m) => [
    m.id,
    m.projectId,
    m.mode,
    m.verificationId,
    m.state,
    m.channel,
    m.provider,
    m.createdAtMs,
    m.expiresAtMs,
    m.reference,
    m.attempts,
    ...toStateRow(m),
    m.routing === null ? null : JSON.stringify(m.routing),
    m.isReported === true ? 'yes' : null,
  ],
  fromRow,
};

/** holder, due_at_ms, promised, sent_at_ms, ended_at_ms, reason */
function toStateRow(m: Message): readonly SqlValue[] {
  switch (m.state) {
    case 'pending':
      return [m.lease.holder, m.lease.dueAtMs, null, null, null, null];
    case 'sent':
      return [null, m.promised?.dueAtMs ?? null, m.promised?.status ?? null, m.sentAtMs, null, null];
    default:
      return [null, null, null, m.sentAtMs, m.endedAtMs, m.reason];
  }
}

function fromRow(row: SqlRow): Message {
  const about = {
    id: row[0] as string,
    projectId: row[1] as string,
    mode: row[2] as Mode,
    verificationId: row[3] as string,
    channel: row[5] as Channel,
    provider: row[6] as string,
    createdAtMs: row[7] as number,
    expiresAtMs: row[8] as number,
    reference: row[9] as string | null,
    attempts: row[10] as number,
    routing: row[17] === null ? null : (JSON.parse(row[17] as string) as Routing),
    ...(row[18] === null ? {} : { isReported: true as const }),
  };
  const state = row[4];
  const dueAtMs = row[12] as number;
  if (state === 'pending') return { ...about, state, lease: { holder: row[11] as string | null, dueAtMs } };
  if (state === 'sent') {
    const status = row[13] as ReceiptStatus | null;
    return {
      ...about,
      state,
      sentAtMs: row[14] as number,
      promised: status === null ? null : { status, dueAtMs },
    };
  }
  return {
    ...about,
    state: state as MessageEnding,
    sentAtMs: row[14] as number | null,
    endedAtMs: row[15] as number,
    reason: row[16] as string | null,
  };
}
