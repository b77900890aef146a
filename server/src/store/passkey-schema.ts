import type { Dialect } from './dialect.ts';

/** The step of the schema that brings passkeys. */
export function passkeySchema({ types, tableSuffix }: Dialect): readonly string[] {
  const { text, int, hex, id, json } = types;
  return [
    `ALTER TABLE challenges ADD COLUMN session_key ${hex}`,
    `ALTER TABLE challenges ADD COLUMN webauthn ${json}`,
    // Finds the factor of a credential, and lets no two factors have the same one.
    `CREATE TABLE passkeys (
      credential_key ${hex} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL,
      factor_id ${id} NOT NULL, created_at_ms ${int} NOT NULL,
      PRIMARY KEY (credential_key, project_id, mode))${tableSuffix}`,
  ];
}
