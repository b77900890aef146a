import type { Mode, Scope } from '../../domain/scope.ts';
import type { Haunt } from '../../domain/whereabouts.ts';
import { bytesHex, hexBytes, type Table } from '../table.ts';

export const haunts: Table<Haunt, Scope & { readonly hauntKey: string }> = {
  name: 'haunts',
  columns: {
    haunt_key: 'hex',
    project_id: 'text',
    mode: 'text',
    user_key: 'hex',
    last_success_at_ms: 'int',
  },
  key: ['haunt_key', 'project_id', 'mode'],
  mutable: ['last_success_at_ms'],
  keyValues: (key) => [hexBytes(key.hauntKey), key.projectId, key.mode],
  keyOf: (haunt) => haunt,
  toRow: (haunt) => [
    hexBytes(haunt.hauntKey),
    haunt.projectId,
    haunt.mode,
    hexBytes(haunt.userKey),
    haunt.lastSuccessAtMs,
  ],
  fromRow: (row) => ({
    hauntKey: bytesHex(row[0]),
    projectId: row[1] as string,
    mode: row[2] as Mode,
    userKey: bytesHex(row[3]),
    lastSuccessAtMs: row[4] as number,
  }),
};
