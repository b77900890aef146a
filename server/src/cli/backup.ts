import { createReadStream, linkSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { stopwatchMs, systemClock } from '../kernel/clock.ts';
import { type Command, NO_OPTIONS, type Told } from './command.ts';
import { counted, existingMasterKey, fits, readSettings, withDatabase } from './store-tools.ts';

type Rows = { readonly [table: string]: number };

export const backup: Command = {
  does: 'Writes everything that is kept into one file, while Roost goes on serving',
  words: ['FILE'],
  ...NO_OPTIONS,
  more: [
    'FILE must not exist yet; - is standard output. The file fits SQLite and PostgreSQL alike.',
    'It holds all that was acknowledged before the command began. It never holds the master key, without which',
    'nothing in it can be read: keep secret.key of the data folder, or ROOST_SECRET_KEY, in another place.',
  ],
  examples: ['roost backup monday.roost', 'roost backup - | zstd > monday.roost.zst'],
  run: (surroundings, { words: [file = '-'] }) =>
    withDatabase(surroundings, 'read', async (database, config) => {
      const sinceMs = stopwatchMs();
      const into = file === '-' ? null : await newFile(resolve(surroundings.folder, file));
      let bytes = 0;
      const write = async (piece: Buffer) => {
        bytes += piece.length;
        await (into === null ? surroundings.write(piece) : into.write(piece));
      };
      try {
        const rows = await database.backUp(systemClock(), write);
        await into?.keep();
        const seconds = Math.round(stopwatchMs() - sinceMs) / 1000;
        const keyAt = config.secretKey === null ? `${config.dataFolder}/secret.key` : 'ROOST_SECRET_KEY';
        return toldBackup({ file, rows, bytes, seconds, keyAt });
      } catch (error) {
        await into?.drop();
        throw error;
      }
    }),
};

function toldBackup(done: { file: string; rows: Rows; bytes: number; seconds: number; keyAt: string }): Told {
  const { file, rows, bytes, seconds, keyAt } = done;
  const size = `${(bytes / 1_000_000).toFixed(1)} MB in ${seconds.toFixed(1)} s`;
  return {
    json: { file, rows, bytes, seconds, holdsMasterKey: false, masterKeyAt: keyAt },
    text: [
      `Backed up ${counted(sum(rows), 'row')} (${size})${file === '-' ? '' : ` to ${file}`}.`,
      `The master key is not in it. Keep a copy of ${keyAt} in another place: without it the backup is of no use.`,
    ],
    ...(file === '-' ? { aside: true } : {}),
  };
}

export const restore: Command = {
  does: 'Fills an empty store from a backup',
  words: ['FILE'],
  ...NO_OPTIONS,
  more: [
    'The store must be empty and, on SQLite, not in use; the master key of the time of the backup must be in place',
    '(secret.key in the data folder, or ROOST_SECRET_KEY). All is restored, or nothing.',
    'What was open when the backup was taken is ended, so that no code that has been used works again.',
  ],
  examples: [
    'ROOST_DATA=./new roost restore monday.roost',
    'DATABASE_URL=postgres://roost@db/roost roost restore monday.roost    moves from SQLite to PostgreSQL',
  ],
  async run(surroundings, { words: [file = ''] }) {
    const masterKey = existingMasterKey(readSettings(surroundings));
    const source = createReadStream(resolve(surroundings.folder, file), { highWaterMark: 262_144 });
    await new Promise<void>((ready, fail) => source.once('open', () => ready()).once('error', fail)).catch(
      (error: NodeJS.ErrnoException) => {
        throw new Error(
          `${file} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.code}`,
        );
      },
    );
    return withDatabase(surroundings, 'change', async (database) => {
      const done = await database.restore(source, { nowMs: systemClock(), fits: fits(masterKey) });
      const takenAt = new Date(done.takenAtMs).toISOString();
      return {
        json: { file, takenAt, rows: done.rows, ended: done.ended, canceled: done.canceled, keys: done.keys },
        text: [
          `Restored ${counted(sum(done.rows), 'row')} from the backup of ${takenAt}.`,
          `Ended ${counted(done.ended, 'verification')} that ${done.ended === 1 ? 'was' : 'were'} open, and canceled ${counted(done.canceled, 'message')}.`,
          'These access keys are in force again; revoke those that were revoked since (roost keys revoke ID):',
          ...done.keys.map(({ id, mode, name }) => `  ${id}  ${mode}  ${name}`),
        ],
      };
    }).finally(() => source.destroy());
  },
};

const sum = (rows: Rows): number => Object.values(rows).reduce((total, count) => total + count, 0);

type NewFile = { write(bytes: Buffer): Promise<void>; keep(): Promise<void>; drop(): Promise<void> };

/** A file that takes its name only when it is whole and on the disk. Readable by its owner alone. */
async function newFile(file: string): Promise<NewFile> {
  const draft = `${file}.partial`;
  const handle = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new Error(`there is no folder ${dirname(file)}; make it, or give the name of a file elsewhere`);
    const why =
      error.code === 'EEXIST' ? 'another backup is being written there, or was broken off' : error.code;
    throw new Error(`${draft} cannot be written: ${why}`);
  });
  const drop = async () => {
    await handle.close().catch(() => {});
    rmSync(draft, { force: true });
  };
  return {
    write: (bytes) => writeWhole(handle, bytes, file),
    async keep() {
      await handle.sync();
      try {
        linkSync(draft, file); // which, unlike renaming, replaces nothing
      } catch (error) {
        const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
        throw exists ? new Error(`${file} exists already; give another name`) : error;
      }
      await drop();
    },
    drop,
  };
}

async function writeWhole(handle: FileHandle, bytes: Buffer, file: string): Promise<void> {
  try {
    await handle.writeFile(bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be written: ${code === 'ENOSPC' ? 'the disk is full' : code}`, {
      cause: error,
    });
  }
}
