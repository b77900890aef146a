import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Each brings the schema one version further, and never changes once it is released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE sessions (
     id_digest BLOB PRIMARY KEY,
     sealed_data BLOB NOT NULL,
     expires_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_by_expiry ON sessions (expires_at_ms);`,
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
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;');
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
