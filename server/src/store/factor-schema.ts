import type { Dialect } from './dialect.ts';

/** The step of the schema that brings users, what they own and what they are asked for. */
export function factorSchema({ types, tableSuffix }: Dialect): readonly string[] {
  const { text, int, bytes, hex, id, json } = types;
  return [
    // What asked for a code, where that is not the Verify wire.
    `ALTER TABLE verifications ADD COLUMN bound_to ${text}`,
    `CREATE TABLE users (
      user_key ${hex} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL,
      sealed_name ${bytes} NOT NULL, created_at_ms ${int} NOT NULL,
      PRIMARY KEY (user_key, project_id, mode))${tableSuffix}`,
    `CREATE TABLE factors (
      id ${id} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL, user_key ${hex} NOT NULL,
      kind ${text} NOT NULL, name ${text}, created_at_ms ${int} NOT NULL, confirmed_at_ms ${int},
      last_used_at_ms ${int}, tries ${json} NOT NULL, settings ${json} NOT NULL, memory ${json} NOT NULL,
      sealed_secret ${bytes}, recipient_key ${hex}, verification_id ${hex})${tableSuffix}`,
    'CREATE UNIQUE INDEX factors_by_id ON factors (id)',
    'CREATE INDEX factors_by_user ON factors (user_key)',
    `CREATE TABLE haunts (
      haunt_key ${hex} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL, user_key ${hex} NOT NULL,
      last_success_at_ms ${int} NOT NULL, PRIMARY KEY (haunt_key, project_id, mode))${tableSuffix}`,
    `CREATE TABLE challenges (
      id ${id} NOT NULL, project_id ${text} NOT NULL, mode ${text} NOT NULL, user_key ${hex} NOT NULL,
      purpose ${text} NOT NULL, audience ${text} NOT NULL, kinds ${json} NOT NULL,
      created_at_ms ${int} NOT NULL, expires_at_ms ${int} NOT NULL, state ${text} NOT NULL,
      attempts_left ${int} NOT NULL, verification_ids ${json} NOT NULL, closed_at_ms ${int}, reason ${text},
      factor_id ${hex}, factor_kind ${text},
      CHECK ((state = 'open') = (closed_at_ms IS NULL)),
      CHECK ((state = 'approved') = (factor_id IS NOT NULL)))${tableSuffix}`,
    'CREATE UNIQUE INDEX challenges_by_id ON challenges (id)',
  ];
}
