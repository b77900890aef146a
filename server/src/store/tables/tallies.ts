import { closedUntilMs } from '../../domain/guard/brake.ts';
import type { Counts } from '../../domain/guard/counts.ts';
import type { Query, Table } from '../table.ts';
import type { TallyPart } from '../tally.ts';

export const tallies: Table<TallyPart, Pick<TallyPart, 'subject' | 'part'>> = {
  name: 'tallies',
  columns: { subject: 'text', part: 'int', counts: 'json', until_ms: 'int', brake_until_ms: 'int' },
  key: ['subject', 'part'],
  mutable: ['counts', 'until_ms', 'brake_until_ms'],
  keyValues: (key) => [key.subject, key.part],
  keyOf: (part) => part,
  toRow: (part) => [
    part.subject,
    part.part,
    JSON.stringify(part.counts),
    part.untilMs,
    closedUntilMs(part.counts),
  ],
  fromRow: (row) => ({
    subject: row[0] as string,
    part: row[1] as number,
    counts: JSON.parse(row[2] as string) as Counts,
    untilMs: row[3] as number,
  }),
};

/** All parts of one subject that still count. */
export const partsOfTally: Query<TallyPart, { readonly subject: string }> = {
  name: 'parts_of_tally',
  table: tallies as Table<TallyPart, never>,
  columns: ['subject'],
  equals: (by) => [by.subject],
  condition: 'until_ms > ?',
  sinceMs: 0,
};
