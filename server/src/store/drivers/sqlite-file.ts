import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseRefused } from '../refused.ts';

const BUSY_TIMEOUT_MS = 5_000;
/** Everybody waits for it, and what it could not do now happens later all the same. */
const SCRUB_TIMEOUT_MS = 200;

/** Kinds of failure, as SQLite numbers them (sqlite.org/rescode.html). */
const SQLITE_CODES = {
  ...{ busy: 5, noMemory: 7, readOnly: 8, io: 10, corrupt: 11, full: 13, cannotOpen: 14, noDatabase: 26 },
} as const;
type Code = (typeof SQLITE_CODES)[keyof typeof SQLITE_CODES];

/** The kind of an SQLite failure; null when it is another error. Its low byte: the rest tells where it happened. */
function sqliteCode(error: unknown): Code | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  const kind = Number(error.errcode) & 0xff;
  return Object.values(SQLITE_CODES).find((code) => code === kind) ?? null;
}

/** Not the fault of what was asked: the file, the disk or the machine failed. */
export function isOfTheDisk(error: unknown): boolean {
  return sqliteCode(error) !== null;
}

/**
 * Keeps a second process from the file, by a lock that the system lets go when this process ends, however it
 * ends. Two writers would each think that the other's leases are dead.
 * @throws Error in words for the operator
 */
export function lockFile(file: string): DatabaseSync {
  const lock = opened(`${file}.lock`, () => {
    makePrivate(`${file}.lock`);
    return new DatabaseSync(`${file}.lock`);
  });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (sqliteCode(error) !== SQLITE_CODES.busy) throw explained(`${file}.lock`, error);
    throw new Error(`another Roost uses ${file}; stop it, or set ROOST_DATA to another folder`, {
      cause: error,
    });
  }
  return lock;
}

/** The connection that writes. Makes the file when there is none. */
export function openWriter(file: string): DatabaseSync {
  return opened(file, () => {
    makePrivate(file);
    const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    try {
      db.exec('PRAGMA journal_mode = WAL');
      db.exec('PRAGMA synchronous = FULL');
      db.exec('PRAGMA cache_size = -8192'); // KiB: the hot pages of a busy server stay in memory
      db.exec('PRAGMA wal_autocheckpoint = 4000');
      db.exec('PRAGMA secure_delete = ON'); // what was deleted or erased does not lie in free pages
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A file that only its owner may read, when it is a new one. SQLite gives its companions the same rights. */
function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}

/**
 * Moves the log of changes into the database and empties it, so that what was erased does not lie in it any more.
 * Where somebody reads the file for longer, that happens once they are done. Not within a transaction.
 */
export function emptyLog(db: DatabaseSync): void {
  db.exec(`PRAGMA busy_timeout = ${SCRUB_TIMEOUT_MS}`);
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

/** A connection that only reads, beside whoever writes. */
export function openReader(file: string): DatabaseSync {
  if (!existsSync(file)) throw new Error(`there is no database ${file} yet; roost serve makes it`);
  return opened(file, () => new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS }));
}

function opened(file: string, open: () => DatabaseSync): DatabaseSync {
  try {
    return open();
  } catch (error) {
    throw explained(file, error);
  }
}

/** What keeps a file from being used, in words for the operator. */
export function explained(file: string, cause: unknown): Error {
  switch (sqliteCode(cause)) {
    case SQLITE_CODES.noDatabase:
      return new DatabaseRefused(`${file} is damaged, or no database: put a backup in its place`, { cause });
    case SQLITE_CODES.corrupt:
      return new DatabaseRefused(`${file} is damaged: put a backup in its place`, { cause });
    case SQLITE_CODES.cannotOpen:
    case SQLITE_CODES.readOnly:
      return new Error(`${file} cannot be opened and written; make its folder writable for this user`, {
        cause,
      });
    case SQLITE_CODES.full:
      return new Error(`${file} cannot be written: the disk is full`, { cause });
    case SQLITE_CODES.io:
      return new Error(`${file} cannot be read or written: the disk answers with an error`, { cause });
    case SQLITE_CODES.busy:
      return new Error(`${file} is in use by another program`, { cause });
    default:
      return cause instanceof Error ? cause : new Error(String(cause));
  }
}
