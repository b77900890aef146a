import type { Channel } from '../domain/message.ts';
import type { Mode } from '../domain/scope.ts';
import type { RunQuery } from './columns.ts';
import type { AskedFor, HistoryReader } from './history.ts';
import type { IdCodec } from './ids.ts';
import { bytesHex, hexBytes, type SqlRow } from './table.ts';

export function historyQuestions(run: RunQuery, ids: IdCodec): HistoryReader {
  const asked = (row: SqlRow): AskedFor => ({
    ...{ id: ids.fromStored(row[0] as Uint8Array), place: bytesHex(row[0]) },
    ...{ projectId: row[1] as string, mode: row[2] as Mode, atMs: row[3] as number },
    ...{ channel: row[4] as Channel, recipientKey: bytesHex(row[5]), guard: row[6] as string },
  });
  return {
    async sent({ after, before, limit }) {
      const rows = await run(
        `SELECT id, project_id, mode, created_at_ms, channel, recipient_key, guard, code_is_kept, state, closed_at_ms,
           wrong_guesses, last_wrong_at_ms
         FROM verifications WHERE id > ? AND id < ? AND guard IS NOT NULL ORDER BY id LIMIT ?`,
        [hexBytes(after), hexBytes(before), limit],
      );
      return rows.map((row) => ({
        ...asked(row),
        isReal: row[7] === 'until-hand-over',
        verifiedAtMs: row[8] === 'verified' ? (row[9] as number) : null,
        wrongGuesses: row[10] as number,
        lastWrongAtMs: row[11] as number | null,
      }));
    },
    async refused({ after, before, limit }) {
      const rows = await run(
        `SELECT id, project_id, mode, at_ms, channel, recipient_key, guard, rule, recipient
         FROM refusals WHERE id > ? AND id < ? ORDER BY id LIMIT ?`,
        [hexBytes(after), hexBytes(before), limit],
      );
      return rows.map((row) => ({ ...asked(row), rule: row[7] as string, recipient: row[8] as string }));
    },
  };
}
