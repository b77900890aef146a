import type { Dialect } from './dialect.ts';

/** The step of the schema that keeps the public halves of old keys, and which proofs of verifications were redeemed. */
export function statementSchema({
  types: { text, int, bytes, id },
  tableSuffix,
}: Dialect): readonly string[] {
  return [
    `ALTER TABLE signing_keys ADD COLUMN public_key ${bytes}`,
    `ALTER TABLE signing_keys ADD COLUMN retired_at_ms ${int}`,
    `CREATE TABLE redemptions (
      id ${id} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL,
      redeemed_at_ms ${int} NOT NULL)${tableSuffix}`,
    'CREATE UNIQUE INDEX redemptions_by_id ON redemptions (id)',
  ];
}
