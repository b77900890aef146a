import type { Refusal } from '../../domain/guard/refusal.ts';
import type { Channel } from '../../domain/message.ts';
import type { Key, Mode } from '../../domain/scope.ts';
import { bytesHex, hexBytes, type Table } from '../table.ts';

export const refusals: Table<Refusal, Key> = {
  name: 'refusals',
  columns: {
    ...{ id: 'id', project_id: 'text', mode: 'text', at_ms: 'int', recipient_key: 'hex', recipient: 'text' },
    ...{ country: 'text', channel: 'text', key_id: 'text', rule: 'text', retry_at_ms: 'int', guard: 'json' },
  },
  key: ['id', 'project_id', 'mode'],
  mutable: ['recipient'],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (refusal) => refusal,
  toRow: (r) => [
    ...[r.id, r.projectId, r.mode, r.atMs, hexBytes(r.recipientKey), r.recipient],
    ...[r.country, r.channel, r.keyId, r.rule, r.retryAtMs, r.guard],
  ],
  fromRow: (row) => ({
    id: row[0] as string,
    projectId: row[1] as string,
    mode: row[2] as Mode,
    atMs: row[3] as number,
    recipientKey: bytesHex(row[4]),
    recipient: row[5] as string,
    country: row[6] as string | null,
    channel: row[7] as Channel,
    keyId: row[8] as string,
    rule: row[9] as string,
    retryAtMs: row[10] as number | null,
    guard: row[11] as string,
  }),
};
