import { type Change, changed } from '../domain/guard/change.ts';
import type { Counts } from '../domain/guard/counts.ts';
import type { SqlRow } from './table.ts';

/** What a batch changed of one subject: its name, when its counts count no more, and what is another about them. */
export type LoggedTally = readonly [subject: string, untilMs: number, change: Change];

/** Oldest batch first, as `replayed` takes them. */
export const READ_TALLY_LOG = 'SELECT kept FROM tally_log ORDER BY batch';

export const loggedText = (kept: readonly LoggedTally[]): string => JSON.stringify(kept);

export const loggedSubjects = (rows: readonly SqlRow[]): ReadonlySet<string> =>
  new Set(rows.flatMap(loggedIn).map(([subject]) => subject));

const loggedIn = (row: SqlRow): readonly LoggedTally[] => JSON.parse(String(row[0])) as LoggedTally[];

/** The counts of all subjects of the log, as they stood at the end of its last batch. `written` is what a subject's row says. */
export function replayed(
  rows: readonly SqlRow[],
  written: (subject: string) => Counts | null,
): ReadonlyMap<string, { readonly counts: Counts; readonly untilMs: number }> {
  const found = new Map<string, { readonly counts: Counts; readonly untilMs: number }>();
  for (const row of rows) {
    for (const [subject, untilMs, change] of loggedIn(row)) {
      const before = found.get(subject)?.counts ?? written(subject);
      found.set(subject, { counts: changed(before, change), untilMs });
    }
  }
  return found;
}
