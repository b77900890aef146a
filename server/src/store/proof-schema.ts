import type { Dialect } from './dialect.ts';

/** The step of the schema that brings proofs, the keys that sign them, and what is approved. */
export function proofSchema({ types: { text, int, bytes, hex }, tableSuffix }: Dialect): readonly string[] {
  return [
    `CREATE TABLE signing_keys (
      kid ${text} NOT NULL PRIMARY KEY, key_use ${text} NOT NULL, sealed_seed ${bytes} NOT NULL,
      created_at_ms ${int} NOT NULL, active_from_ms ${int} NOT NULL)${tableSuffix}`,
    `ALTER TABLE challenges ADD COLUMN transaction_digest ${hex}`,
    `ALTER TABLE challenges ADD COLUMN sealed_transaction ${bytes}`,
    `ALTER TABLE challenges ADD COLUMN sealed_evidence ${bytes}`,
    `ALTER TABLE challenges ADD COLUMN redeemed_at_ms ${int}`,
  ];
}
