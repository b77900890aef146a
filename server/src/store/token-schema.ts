import type { Dialect } from './dialect.ts';

/** The step of the schema that brings hardware tokens. */
export function tokenSchema({ types, tableSuffix }: Dialect): readonly string[] {
  const { text, int, bytes, hex, json } = types;
  return [
    `ALTER TABLE factors ADD COLUMN serial ${text}`,
    `CREATE TABLE tokens (
      serial ${text} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL, kind ${text} NOT NULL,
      state ${text} NOT NULL, settings ${json} NOT NULL, memory ${json} NOT NULL,
      sealed_secret ${bytes} NOT NULL, factor_id ${hex}, created_at_ms ${int} NOT NULL,
      CHECK ((state = 'assigned') = (factor_id IS NOT NULL)),
      PRIMARY KEY (project_id, mode, serial))${tableSuffix}`,
    'CREATE INDEX tokens_by_state ON tokens (project_id, mode, state)',
  ];
}
