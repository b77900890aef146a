import type { Dialect } from './dialect.ts';

/** What the guard counts, what it thought of each verification, and what it refused. */
export function guardSchema({
  name,
  types: { text, int, hex, id, json },
  tableSuffix,
}: Dialect): readonly string[] {
  // All codes of a recipient, closed ones too. Its columns never change, so an update leaves the index alone.
  const ofRecipient = [
    'DROP INDEX verifications_by_recipient',
    'CREATE INDEX verifications_of_recipient ON verifications (recipient_key, created_at_ms)',
  ];
  return [
    `ALTER TABLE verifications ADD COLUMN guard ${json}`,
    // Whom a real message reached within 90 days: the sandbox proves nothing about a number.
    `CREATE INDEX verifications_proven ON verifications (recipient_key, closed_at_ms)
      WHERE state = 'verified' AND code_is_kept = 'until-hand-over'`,
    ...(name === 'postgres' ? ofRecipient : []),
    `CREATE TABLE tallies (
      subject ${text} NOT NULL, part ${int} NOT NULL, counts ${json} NOT NULL, until_ms ${int} NOT NULL,
      PRIMARY KEY (subject, part))${tableSuffix}`,
    'CREATE INDEX tallies_until ON tallies (until_ms)',
    `CREATE TABLE refusals (
      id ${id} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL, at_ms ${int} NOT NULL,
      recipient_key ${hex} NOT NULL, recipient ${text} NOT NULL, country ${text}, channel ${text} NOT NULL,
      key_id ${text} NOT NULL, rule ${text} NOT NULL, retry_at_ms ${int}, guard ${json} NOT NULL)${tableSuffix}`,
    'CREATE UNIQUE INDEX refusals_by_id ON refusals (id)',
  ];
}

/** What the guard thought of each text without a code. */
export const textGuardSchema = ({ types: { json } }: Dialect): readonly string[] => [
  `ALTER TABLE texts ADD COLUMN guard ${json}`,
];

/** Which counts have a brake that is closed, so that those in force are found without reading all. */
export function brakeSchema({ types: { int } }: Dialect): readonly string[] {
  return [
    `ALTER TABLE tallies ADD COLUMN brake_until_ms ${int}`,
    'CREATE INDEX tallies_braked ON tallies (brake_until_ms) WHERE brake_until_ms IS NOT NULL',
  ];
}

/**
 * Counts that were kept since their row was last written, one text for each batch: see drivers/sqlite-tallies.ts. Only SQLite
 * fills it. The table is there on PostgreSQL too, so that a backup of one fits the other.
 */
export const tallyLogSchema = ({ types: { int, json }, tableSuffix }: Dialect): readonly string[] => [
  `CREATE TABLE tally_log (
    slot ${int} NOT NULL PRIMARY KEY, batch ${int} NOT NULL, kept ${json} NOT NULL)${tableSuffix}`,
];
