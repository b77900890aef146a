import type { Mode, UserKey } from '../../domain/scope.ts';
import type { User } from '../../domain/user.ts';
import { bufferOf, bytesHex, hexBytes, type Table } from '../table.ts';

export const users: Table<User, UserKey> = {
  name: 'users',
  columns: {
    user_key: 'hex',
    project_id: 'text',
    mode: 'text',
    sealed_name: 'bytes',
    created_at_ms: 'int',
  },
  key: ['user_key', 'project_id', 'mode'],
  mutable: ['sealed_name'],
  keyValues: (key) => [hexBytes(key.userKey), key.projectId, key.mode],
  keyOf: (user) => user,
  toRow: (user) => [hexBytes(user.userKey), user.projectId, user.mode, user.sealedName, user.createdAtMs],
  fromRow: (row) => ({
    userKey: bytesHex(row[0]),
    projectId: row[1] as string,
    mode: row[2] as Mode,
    sealedName: bufferOf(row[3]),
    createdAtMs: row[4] as number,
  }),
};
