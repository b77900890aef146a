import { BUDGET_MEMORY_MS, type ErasedCode } from '../../domain/budget.ts';
import type { Key, Mode } from '../../domain/scope.ts';
import { bytesHex, hexBytes, type Query, type Table } from '../table.ts';

/** What still counts of codes whose recipient was erased. */
export const erasedCodes: Table<ErasedCode, Key> = {
  name: 'erased_codes',
  columns: {
    ...{ id: 'id', project_id: 'text', mode: 'text', shadow_key: 'hex', created_at_ms: 'int' },
    ...{ wrong_guesses: 'int', last_wrong_at_ms: 'int', whence: 'text' },
  },
  key: ['id', 'project_id', 'mode'],
  mutable: ['whence'],
  keyValues: (key) => [key.id, key.projectId, key.mode],
  keyOf: (code) => code,
  toRow: (c) => [
    ...[c.id, c.projectId, c.mode, hexBytes(c.shadowKey), c.createdAtMs, c.wrongGuesses, c.lastWrongAtMs],
    c.whence,
  ],
  fromRow: (row) => ({
    id: row[0] as string,
    projectId: row[1] as string,
    mode: row[2] as Mode,
    shadowKey: bytesHex(row[3]),
    createdAtMs: row[4] as number,
    wrongGuesses: row[5] as number,
    lastWrongAtMs: row[6] as number | null,
    whence: row[7] as ErasedCode['whence'],
  }),
};

/** Of every project: limits on sending count over all of them. */
export const erasedCodesOf: Query<ErasedCode, Pick<ErasedCode, 'shadowKey'>> = {
  name: 'erased_codes_of',
  table: erasedCodes as Table<ErasedCode, never>,
  columns: ['shadow_key'],
  equals: (by) => [hexBytes(by.shadowKey)],
  condition: 'created_at_ms > ?',
  sinceMs: BUDGET_MEMORY_MS,
};
