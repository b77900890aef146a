import type { Job, Task } from '../../domain/job.ts';
import type { Mode } from '../../domain/verification.ts';
import type { Key } from '../store.ts';
import { bytesHex, hexBytes, type Table } from '../table.ts';

const DELIVER = '{"kind":"deliver"}';

export const jobs: Table<Job, Key> = {
  name: 'jobs',
  columns: {
    id: 'hex',
    project_id: 'text',
    mode: 'text',
    task: 'json',
    attempts: 'int',
    holder: 'text',
    due_at_ms: 'int',
  },
  key: ['id', 'project_id', 'mode'],
  keyValues: (key) => [hexBytes(key.id), key.projectId, key.mode],
  keyOf: (job) => job,
  toRow: (job) => [
    hexBytes(job.id),
    job.projectId,
    job.mode,
    job.task.kind === 'deliver' ? DELIVER : JSON.stringify(job.task),
    job.attempts,
    job.holder,
    job.dueAtMs,
  ],
  fromRow: (row) => ({
    id: bytesHex(row[0]),
    projectId: row[1] as string,
    mode: row[2] as Mode,
    task: JSON.parse(row[3] as string) as Task,
    attempts: row[4] as number,
    holder: row[5] as string | null,
    dueAtMs: row[6] as number,
  }),
};
