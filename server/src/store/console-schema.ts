import type { Dialect } from './dialect.ts';

/** Who may sign in to the console, who is signed in, and links that let somebody in once. */
export function consoleSchema({ types: { text, int, hex }, tableSuffix }: Dialect): readonly string[] {
  return [
    `CREATE TABLE operators (
      id ${hex} NOT NULL PRIMARY KEY, name ${text} NOT NULL, role ${text} NOT NULL, password ${text},
      created_at_ms ${int} NOT NULL, disabled_at_ms ${int})${tableSuffix}`,
    'CREATE UNIQUE INDEX operators_by_name ON operators (name)',
    `CREATE TABLE operator_sessions (
      digest ${hex} NOT NULL PRIMARY KEY, operator_id ${hex} NOT NULL, stage ${text} NOT NULL,
      created_at_ms ${int} NOT NULL, seen_at_ms ${int} NOT NULL, proved_at_ms ${int})${tableSuffix}`,
    'CREATE INDEX operator_sessions_of ON operator_sessions (operator_id)',
    `CREATE TABLE operator_links (
      digest ${hex} NOT NULL PRIMARY KEY, purpose ${text} NOT NULL, role ${text} NOT NULL, created_by ${hex},
      created_at_ms ${int} NOT NULL, expires_at_ms ${int} NOT NULL, used_at_ms ${int})${tableSuffix}`,
  ];
}
