import type { Random } from '../../kernel/random.ts';
import { POSTGRES } from '../dialect.ts';
import { ID_BYTES } from '../ids.ts';
import { type Applied, checksum, migrationsTable, outstanding } from '../migrations.ts';
import type { Link } from './postgres-link.ts';
import { CLOCK, COMMIT, ROLLBACK } from './postgres-statements.ts';

/** The row of the migrations table that whoever takes steps holds, so that one node does and the others wait. */
const LOCK_ROW = 0;
const TRIES = 5;

/**
 * Takes the outstanding steps, all or none. Nodes that start together come one after another, and those that come
 * later find nothing left to do.
 * @throws Error when the database was made by a newer Roost, or by one that took other steps
 */
export async function migrate(link: Link): Promise<void> {
  await makeTable(link);
  await link.trip([{ text: 'BEGIN ISOLATION LEVEL READ COMMITTED' }]);
  try {
    await link.trip([lockRow]);
    // After the lock is held, and a statement of its own: it sees what the holder before has committed.
    const [found, clock] = await link.trip([
      { text: `SELECT number, checksum FROM migrations WHERE number > ${LOCK_ROW}` },
      CLOCK,
    ]);
    const applied = (found?.rows ?? []).map(
      ([number, sum]): Applied => ({ number: Number(number), checksum: String(sum) }),
    );
    for (const step of outstanding(applied, POSTGRES)) {
      for (const text of step.statements(POSTGRES)) await link.trip([{ text }]);
      const values = [step.number, step.name, checksum(step, POSTGRES), Number(clock?.rows[0]?.[0])];
      await link.trip([{ text: insertStep, values }]);
    }
    await link.trip([COMMIT]);
  } catch (error) {
    await link.trip([ROLLBACK]).catch(() => {});
    throw error;
  }
}

const insertStep = 'INSERT INTO migrations (number, name, checksum, applied_at_ms) VALUES ($1, $2, $3, $4)';
const lockRow = { text: `SELECT number FROM migrations WHERE number = ${LOCK_ROW} FOR UPDATE` };

/** Two nodes that make the same table at the same moment can both be refused; the second try finds it made. */
async function makeTable(link: Link): Promise<void> {
  for (let left = TRIES - 1; ; left--) {
    try {
      await link.trip([{ text: migrationsTable(POSTGRES) }]);
      await link.trip([
        {
          text: `${insertStep} ON CONFLICT DO NOTHING`,
          values: [LOCK_ROW, 'held while steps are taken', '', 0],
        },
      ]);
      return;
    } catch (error) {
      if (left === 0 || link.isBroken) throw error;
    }
  }
}

/** The key of this database's ids: made by the first node, the same for all, and never changed. */
export async function idKey(link: Link, random: Random): Promise<Buffer> {
  const fresh = random.bytes(ID_BYTES).toString('hex');
  const [, found] = await link.trip([
    {
      text: "INSERT INTO settings (name, value) VALUES ('id key', $1) ON CONFLICT DO NOTHING",
      values: [fresh],
    },
    { text: "SELECT value FROM settings WHERE name = 'id key'" },
  ]);
  return Buffer.from(String(found?.rows[0]?.[0]), 'hex');
}
