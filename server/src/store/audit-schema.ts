import type { Dialect } from './dialect.ts';

/** What was done and by whom, and wrong guesses at recipients that were erased. */
export function auditSchema({ types: { text, int, hex, id }, tableSuffix }: Dialect): readonly string[] {
  return [
    `CREATE TABLE audit_entries (
      id ${id} NOT NULL, sequence ${int} NOT NULL, at_ms ${int} NOT NULL, node ${text} NOT NULL, actor ${text},
      action ${text} NOT NULL, object ${text} NOT NULL, result ${text} NOT NULL, mac ${hex} NOT NULL,
      hash ${hex})${tableSuffix}`,
    'CREATE UNIQUE INDEX audit_entries_by_id ON audit_entries (id)',
    'CREATE INDEX audit_entries_by_sequence ON audit_entries (sequence)',
    `CREATE TABLE audit_checkpoints (
      sequence ${int} NOT NULL PRIMARY KEY, hash ${hex} NOT NULL, at_ms ${int} NOT NULL, previous ${int} NOT NULL,
      statement ${text} NOT NULL)${tableSuffix}`,
    `CREATE TABLE erased_codes (
      id ${id} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL, shadow_key ${hex} NOT NULL,
      created_at_ms ${int} NOT NULL, wrong_guesses ${int} NOT NULL, last_wrong_at_ms ${int},
      whence ${text} NOT NULL)${tableSuffix}`,
    'CREATE UNIQUE INDEX erased_codes_by_id ON erased_codes (id)',
    'CREATE INDEX erased_codes_of ON erased_codes (shadow_key, created_at_ms)',
  ];
}
