import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createVault } from '../../server/src/app/vault.ts';
import { masterKeyIn } from '../../server/src/kernel/master-key.ts';
import { systemRandom } from '../../server/src/kernel/random.ts';
import { SqliteStore } from '../../server/src/store/drivers/sqlite.ts';
import { idCodec, storedFrom } from '../../server/src/store/ids.ts';
import { tables } from '../../server/src/store/store.ts';
import { toStoredRow } from '../../server/src/store/stored.ts';
import type { Table } from '../../server/src/store/table.ts';
import { type HistoryOptions, history, refused } from '../../server/test/console/history.ts';

const DAY_MS = 86_400_000;
/** Verifications of one step of the seeding: each has a seed of its own, so that any of them can be made again. */
const CHUNK = 10_000;
export const DAYS = 29;

export type Plan = { readonly rows: number; readonly endMs: number };

/** The made-up past, chunk by chunk. Without `make` its ids and secrets are empty, for counting alone. */
export function chunks({ rows, endMs }: Plan, make: Pick<HistoryOptions, 'idAt' | 'seal'>) {
  const fromMs = endMs - DAYS * DAY_MS;
  const stepMs = ((endMs - fromMs) * CHUNK) / rows;
  return Array.from({ length: Math.ceil(rows / CHUNK) }, (_, i) => {
    const options: HistoryOptions = {
      ...{ ...make, seed: i + 1, count: CHUNK, messagesEach: 10 },
      ...{ fromMs: Math.floor(fromMs + i * stepMs), toMs: Math.floor(fromMs + (i + 1) * stepMs) },
      recipientKey: (n) => ((i * CHUNK + n) % 300_000).toString(16).padStart(32, 'b'),
    };
    return {
      past: () => history(options),
      refusals: () => refused({ ...options, count: CHUNK / 10 }),
    };
  });
}

/** Fills a database of its own, for `seconds` at most; another call goes on where this one stopped. */
export async function fill(
  folder: string,
  rows: number,
  seconds: number,
): Promise<{ plan: Plan; left: number }> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'roost.db');
  const isNew = !existsSync(file);
  const clock = () => Date.now();
  if (isNew) await new SqliteStore({ file, clock, random: systemRandom }).close();
  const vault = createVault(masterKeyIn(folder, systemRandom), systemRandom);
  const db = new DatabaseSync(file);
  db.exec('PRAGMA synchronous = OFF');
  db.exec('PRAGMA cache_size = -524288'); // KiB: indexes by hashes are written all over
  const setting = (name: string, otherwise: string): string => {
    db.prepare('INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING').run(
      name,
      otherwise,
    );
    return String(db.prepare('SELECT value FROM settings WHERE name = ?').get(name)?.value);
  };
  const plan = JSON.parse(setting('bench plan', JSON.stringify({ rows, endMs: Date.now() }))) as Plan;
  const key = Buffer.from(setting('id key', systemRandom.bytes(16).toString('hex')), 'hex');
  const codec = idCodec(key, systemRandom);
  const idAt = (ms: number) => {
    const stored = Buffer.concat([Buffer.from(storedFrom(ms)).subarray(0, 6), systemRandom.bytes(10)]);
    return codec.fromStored(stored);
  };
  const writer = <V, K>(table: Table<V, K>) => {
    const names = Object.keys(table.columns);
    const sql = `INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    const statement = db.prepare(sql);
    return (value: V) => void statement.run(...(toStoredRow(table, value, codec) as never[]));
  };
  const [verification, message, refusal] = [
    writer(tables.verifications),
    writer(tables.messages),
    writer(tables.refusals),
  ];
  const seal: NonNullable<HistoryOptions['seal']> = (i, owner) =>
    vault.sealRecipient(`+3161${String(1_000_000 + i)}`, owner);
  const all = chunks(plan, { idAt, seal });
  let done = Number(setting('bench chunks', '0'));
  const untilMs = performance.now() + seconds * 1_000;
  while (done < all.length && performance.now() < untilMs) {
    const chunk = all[done];
    if (chunk === undefined) break;
    db.exec('BEGIN');
    for (const one of chunk.past()) {
      verification(one.verification);
      for (const each of one.messages) message(each);
    }
    for (const each of chunk.refusals()) refusal(each);
    done += 1;
    db.prepare("UPDATE settings SET value = ? WHERE name = 'bench chunks'").run(String(done));
    db.exec('COMMIT');
  }
  db.close();
  return { plan, left: all.length - done };
}
