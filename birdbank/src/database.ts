import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BANKING_SCHEMA } from './accounts/schema.ts';

/** Each brings the schema one version further, and never changes once it is released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE sessions (
     id_digest BLOB PRIMARY KEY,
     sealed_data BLOB NOT NULL,
     expires_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_by_expiry ON sessions (expires_at_ms);`,
  `ALTER TABLE sessions ADD COLUMN weight INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE key_checks (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE customers (
     id TEXT PRIMARY KEY,
     user_name TEXT,
     user_name_key TEXT UNIQUE,
     password TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL,
     password_changed_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE customer_phones (
     phone_digest BLOB PRIMARY KEY,
     customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
     factor_id TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX customer_phones_by_customer ON customer_phones (customer_id);
   CREATE TABLE customer_sessions (
     id_digest BLOB PRIMARY KEY,
     customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
     sealed_data BLOB NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     ends_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX customer_sessions_by_customer ON customer_sessions (customer_id, expires_at_ms);
   CREATE INDEX customer_sessions_by_expiry ON customer_sessions (expires_at_ms);
   CREATE TABLE devices (
     customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
     token_digest BLOB NOT NULL,
     id TEXT NOT NULL UNIQUE,
     label TEXT NOT NULL,
     first_seen_at_ms INTEGER NOT NULL,
     last_seen_at_ms INTEGER NOT NULL,
     trusted_until_ms INTEGER,
     PRIMARY KEY (customer_id, token_digest)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE events (
     id INTEGER PRIMARY KEY,
     customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
     at_ms INTEGER NOT NULL,
     kind TEXT NOT NULL,
     detail TEXT,
     device TEXT NOT NULL
   ) STRICT;
   CREATE INDEX events_by_customer ON events (customer_id, at_ms);
   CREATE TABLE tries (
     bucket BLOB PRIMARY KEY,
     wrong INTEGER NOT NULL,
     wait_until_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX tries_by_expiry ON tries (expires_at_ms);`,
  BANKING_SCHEMA,
  `ALTER TABLE customer_phones ADD COLUMN sealed_number BLOB;
   ALTER TABLE customers ADD COLUMN language TEXT NOT NULL DEFAULT 'en';`,
  `ALTER TABLE customer_sessions ADD COLUMN name TEXT NOT NULL DEFAULT '';
   ALTER TABLE customer_sessions ADD COLUMN sealed_place BLOB;
   UPDATE customer_sessions SET name = lower(hex(randomblob(12)));`,
  `CREATE TABLE factor_uses (
     customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
     factor_id TEXT NOT NULL,
     device TEXT NOT NULL,
     PRIMARY KEY (customer_id, factor_id)
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * Opens BirdBank's own database in the folder, and makes both when they are not there.
 * @throws Error when a newer BirdBank has written the database
 */
export function openDatabase(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'birdbank.db');
  closeSync(openSync(file, 'a', 0o600)); // SQLite would make it readable for everybody
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;',
  );
  migrate(database, file);
  return database;
}

function migrate(database: DatabaseSync, file: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (found > MIGRATIONS.length) {
    throw new Error(`${file} was written by a newer BirdBank: use that one, or set another BIRDBANK_DATA`);
  }
  for (const [index, statements] of [...MIGRATIONS.entries()].slice(found)) {
    database.exec(`BEGIN IMMEDIATE; ${statements} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
