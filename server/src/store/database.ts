import { type Restored, type RestoreOptions, restoreBackup, writeBackup } from './backup.ts';
import type { RowCounts, WriteBytes } from './backup-format.ts';
import type { ShroudKeys } from './backup-shroud.ts';
import type { Connection } from './connection.ts';
import { migrate, type Step, schemaSteps } from './schema.ts';
import { checkSoundness, type Soundness, type SoundnessOptions } from './soundness.ts';

/** A whole database, for those who keep it. It serves nobody. */
export type Database = {
  /** @throws Error when the database was made by a newer Roost, or by one that took other steps */
  steps(): Promise<readonly Step[]>;
  /** Takes the outstanding steps, all or none. @returns how many those were */
  migrate(nowMs: number): Promise<number>;
  backUp(nowMs: number, write: WriteBytes, keys?: ShroudKeys | null): Promise<RowCounts>;
  restore(source: AsyncIterable<Buffer>, options: RestoreOptions): Promise<Restored>;
  check(options: SoundnessOptions): Promise<Soundness>;
  close(): Promise<void>;
};

export function databaseOf(connection: Connection): Database {
  return {
    steps: () => schemaSteps(connection),
    migrate: async (nowMs) => (await migrate(connection, nowMs)).length,
    backUp: (nowMs, write, keys) => writeBackup(connection, nowMs, write, keys),
    restore: (source, options) => restoreBackup(connection, source, options),
    check: (options) => checkSoundness(connection, options),
    close: () => connection.close(),
  };
}
