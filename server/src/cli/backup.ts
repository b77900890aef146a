import { createReadStream, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { createAudit } from '../app/audit.ts';
import { erasuresDue, finishRestore } from '../app/erasure/restore.ts';
import { createSafe } from '../app/safe.ts';
import { createVault } from '../app/vault.ts';
import { readErasures, writeErasure } from '../domain/erasure.ts';
import { stopwatchMs, systemClock } from '../kernel/clock.ts';
import { addToErasureList, findErasureList } from '../kernel/erasure-list.ts';
import { createLog } from '../kernel/log.ts';
import { systemRandom } from '../kernel/random.ts';
import { keysForBackup, readKeysFile, writeKeysFile } from './backup-keys.ts';
import { type Command, NO_OPTIONS, type Told } from './command.ts';
import { newFile } from './new-file.ts';
import {
  COMMAND_LINE,
  counted,
  existingMasterKey,
  fits,
  noteDone,
  readSettings,
  withDatabase,
  withStore,
} from './store-tools.ts';
import type { Surroundings } from './surroundings.ts';

type Rows = { readonly [table: string]: number };

export const backup: Command = {
  does: 'Writes everything that is kept into one file, while Roost goes on serving',
  words: ['FILE'],
  options: { keys: { type: 'string' } },
  optionWords: [
    [
      '--keys KEYS',
      'makes it erasable: what is about a recipient is sealed under a key of its own, and KEYS is written over with the keys',
    ],
  ],
  more: [
    'FILE must not exist yet; - is standard output. The file fits SQLite and PostgreSQL alike.',
    'It holds all that was acknowledged before the command began. It never holds the master key, without which',
    'nothing in it can be read: keep secret.key of the data folder, or ROOST_SECRET_KEY, in another place.',
  ],
  examples: [
    'roost backup monday.roost',
    'roost backup - | zstd > monday.roost.zst',
    'roost backup monday.roost --keys /vault/backup.keys',
  ],
  async run(surroundings, { words: [file = '-'], options: { keys: keysFile } }) {
    const keys = typeof keysFile === 'string' ? await keysForBackup(surroundings) : null;
    const told = await withDatabase(surroundings, 'read', async (database, config) => {
      const sinceMs = stopwatchMs();
      const into = file === '-' ? null : await newFile(resolve(surroundings.folder, file), 'backup');
      let bytes = 0;
      const write = async (piece: Buffer) => {
        bytes += piece.length;
        await (into === null ? surroundings.write(piece) : into.write(piece));
      };
      try {
        const rows = await database.backUp(systemClock(), write, keys);
        await into?.keep();
        const seconds = Math.round(stopwatchMs() - sinceMs) / 1000;
        // To write into an older store would bring its tables up to date, which whoever takes a backup may be about to do.
        const steps = await database.steps().catch(() => []);
        const isCurrent = steps.length > 0 && steps.every(({ state }) => state === 'taken');
        const entry = {
          action: 'backup.taken',
          object: file === '-' ? 'standard output' : basename(file),
          result: `${sum(rows)} rows`,
        };
        const isNoted = isCurrent && (await noteDone(surroundings, entry));
        const keyAt = config.secretKey === null ? `${config.dataFolder}/secret.key` : 'ROOST_SECRET_KEY';
        return toldBackup({ file, rows, bytes, seconds, keyAt, isNoted });
      } catch (error) {
        await into?.drop();
        throw error;
      }
    });
    // Last, and as they are now: whoever was erased meanwhile is not in them.
    return typeof keysFile === 'string' ? withKeys(told, await writeKeysFile(surroundings, keysFile)) : told;
  },
};

/** The keys go where the backup does not: whoever has an old copy of them opens what they then opened. */
export const backupKeys: Command = {
  does: 'Writes the keys of erasable backups anew, over the file that holds them',
  words: ['KEYS'],
  ...NO_OPTIONS,
  more: [
    'After somebody was erased the keys in the database lack theirs; until this is run, KEYS and every copy of it still',
    'open what older backups hold about them. Run it after erasing, or every hour, and keep the newest copy alone.',
  ],
  examples: ['roost backup-keys /vault/backup.keys'],
  async run(surroundings, { words: [file = ''] }) {
    const path = await writeKeysFile(surroundings, file);
    return { json: { keys: path }, text: [`Wrote the keys of backups to ${path}, over what was there.`] };
  },
};

const withKeys = ({ json, text, ...told }: Told, keys: string): Told => ({
  ...told,
  json: { ...json, keys },
  text: [
    ...text,
    `Its keys are in ${keys}: without them nothing about recipients can be restored. Keep them apart from backups.`,
  ],
});

type BackedUp = {
  readonly file: string;
  readonly rows: Rows;
  readonly bytes: number;
  readonly seconds: number;
  readonly keyAt: string;
  readonly isNoted: boolean;
};

function toldBackup({ file, rows, bytes, seconds, keyAt, isNoted }: BackedUp): Told {
  const size = `${(bytes / 1_000_000).toFixed(1)} MB in ${seconds.toFixed(1)} s`;
  return {
    json: { file, rows, bytes, seconds, holdsMasterKey: false, masterKeyAt: keyAt, inAuditLog: isNoted },
    text: [
      `Backed up ${counted(sum(rows), 'row')} (${size})${file === '-' ? '' : ` to ${file}`}.`,
      `The master key is not in it. Keep a copy of ${keyAt} in another place: without it the backup is of no use.`,
      ...(isNoted ? [] : ['It could not be written into the audit log.']),
    ],
    ...(file === '-' ? { aside: true } : {}),
  };
}

export const restore: Command = {
  does: 'Fills an empty store from a backup',
  words: ['FILE'],
  options: { erasures: { type: 'string' }, keys: { type: 'string' } },
  optionWords: [
    ['--keys KEYS', 'the newest keys of an erasable backup'],
    [
      '--erasures LIST',
      'whom to erase again: a saved erasures.list, log or exported audit log (erasures.list of the data folder)',
    ],
  ],
  more: [
    'The store must be empty and, on SQLite, not in use; the master key of the time of the backup must be in place',
    '(secret.key in the data folder, or ROOST_SECRET_KEY). All is restored, or nothing.',
    'What was open when the backup was taken is ended, so that no code that has been used works again. Whoever was',
    'erased since, by the list of erasures, is erased again before anybody is served.',
  ],
  examples: [
    'ROOST_DATA=./new roost restore monday.roost',
    'DATABASE_URL=postgres://roost@db/roost roost restore monday.roost    moves from SQLite to PostgreSQL',
  ],
  async run(surroundings, { words: [file = ''], options: { erasures: list, keys: keysFile } }) {
    const masterKey = existingMasterKey(readSettings(surroundings));
    const keys = typeof keysFile === 'string' ? readKeysFile(surroundings, keysFile) : null;
    const erasures = erasuresOf(surroundings, typeof list === 'string' ? list : null);
    const source = createReadStream(resolve(surroundings.folder, file), { highWaterMark: 262_144 });
    await new Promise<void>((ready, fail) => source.once('open', () => ready()).once('error', fail)).catch(
      (error: NodeJS.ErrnoException) => {
        throw new Error(
          `${file} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.code}`,
        );
      },
    );
    const done = await withDatabase(surroundings, 'change', (database) =>
      database.restore(source, {
        ...{ nowMs: systemClock(), fits: fits(masterKey) },
        ...(erasures === null ? {} : { due: erasuresDue(erasures) }),
        ...(keys === null ? {} : { keys }),
      }),
    ).finally(() => source.destroy());
    if (erasures !== null && list !== undefined) keepList(surroundings, erasures);
    const again = await finished(surroundings, masterKey, done);
    const takenAt = new Date(done.takenAtMs).toISOString();
    const { ended, canceled, rows, dark } = done;
    return {
      json: {
        file,
        takenAt,
        rows,
        ended,
        canceled,
        dark,
        keys: done.keys,
        erasures: erasures?.size ?? null,
        erasedAgain: again,
      },
      text: [
        `Restored ${counted(sum(rows), 'row')} from the backup of ${takenAt}.`,
        `Ended ${counted(ended, 'verification')} that ${ended === 1 ? 'was' : 'were'} open, and canceled ${counted(canceled, 'message')}.`,
        ...(dark === 0 ? [] : [`${counted(dark, 'row')} stayed dark: their keys were destroyed by erasing.`]),
        erasures === null
          ? 'There was no list of erasures: whoever was erased since that moment is there again, and must be erased again.'
          : `Erased again, by ${counted(erasures.size, 'erasure')} of the list: ${counted(sum(again), 'row')}.`,
        'These access keys are in force again; revoke those that were revoked since (roost keys revoke ID):',
        ...done.keys.map(({ id, mode, name }) => `  ${id}  ${mode}  ${name}`),
      ],
    };
  },
};

/** Does to what was restored what must be done before anybody is served, and writes it down. */
function finished(
  surroundings: Surroundings,
  masterKey: Buffer,
  { takenAtMs }: { readonly takenAtMs: number },
): Promise<Rows> {
  return withStore(surroundings, async (store) => {
    const audit = createAudit({ store, masterKey, node: COMMAND_LINE });
    const object = `backup of ${new Date(takenAtMs).toISOString()}`;
    await store.transaction(async (tx) =>
      audit.note(tx, { actor: null, action: 'store.restored', object, result: 'done' }),
    );
    const vault = createVault(masterKey, systemRandom);
    const safe = createSafe(masterKey, systemRandom);
    return finishRestore({ store, vault, safe, audit, log: createLog('silent'), list: () => {} });
  });
}

/** The list goes with the data, for the next restore. */
function keepList(surroundings: Surroundings, erasures: ReadonlyMap<string, number>): void {
  const lines = [...erasures].map(([subject, atMs]) => writeErasure({ subject, atMs }));
  addToErasureList(readSettings(surroundings).dataFolder, lines);
}

/** The list to erase again by; null where there is none. @throws Error when the one that is named cannot be used */
function erasuresOf(surroundings: Surroundings, file: string | null): ReadonlyMap<string, number> | null {
  if (file === null) {
    const text = findErasureList(readSettings(surroundings).dataFolder);
    return text === null ? null : readErasures(text);
  }
  try {
    return readErasures(readFileSync(resolve(surroundings.folder, file), 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
}

const sum = (rows: Rows): number => Object.values(rows).reduce((total, count) => total + count, 0);
