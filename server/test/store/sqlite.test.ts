import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { monotonic, systemClock } from '../../src/kernel/clock.ts';
import { systemRandom as random } from '../../src/kernel/random.ts';
import { SqliteStore } from '../../src/store/drivers/sqlite.ts';
import { storeContract } from './contract.ts';

storeContract('SQLite', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-store-'));
  const file = join(folder, 'roost.db');
  const open = () => new SqliteStore({ file, clock: monotonic(systemClock), random });
  let store = open();
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    store,
    async look(sql, values = []) {
      const db = new DatabaseSync(file);
      const statement = db.prepare(sql);
      statement.setReturnArrays(true);
      const rows = statement.all(...values) as unknown as unknown[][];
      db.close();
      return rows;
    },
    async hold(name) {
      const db = new DatabaseSync(file);
      db.exec('BEGIN IMMEDIATE');
      db.prepare("UPDATE settings SET value = 'held' WHERE name = ?").run(name);
      return async () => {
        db.exec('ROLLBACK');
        db.close();
      };
    },
    async reopen() {
      await store.close();
      store = open();
      return store;
    },
  };
});
