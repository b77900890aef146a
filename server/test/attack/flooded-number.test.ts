import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { inTime } from '../../../testing/in-time.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';

const FLOODED = '+31612345678';
const DELETED = 60_000; // what one caller makes in a few minutes by creating and deleting, timeout=172800
const TRIES = 41;

/** Half of the creates for this number took at most so long, in milliseconds. */
async function medianMs(roost: StartedRoost, recipient: string): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < TRIES; i += 1) {
    const sinceMs = performance.now();
    const { id } = await roost.createVerification(recipient);
    took.push(performance.now() - sinceMs);
    await roost.call('DELETE', `/verify/${id}`);
  }
  return took.sort((a, b) => a - b)[TRIES >> 1] ?? 0;
}

// The writer is one and synchronous: what one number costs, everybody waits for, live keys too.
test('verifications that were deleted make the next create for their number no slower', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-attack-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = await startRoost(t, { folder });
  const { id } = await first.createVerification(FLOODED, { timeout: 172_800 });
  assert.equal((await first.call('DELETE', `/verify/${id}`)).status, 204);
  await first.stop();
  multiply(join(folder, 'roost.db'));
  const roost = await startRoost(t, { folder });
  await medianMs(roost, '+31612345001');
  await inTime(3, async () => {
    const usual = await medianMs(roost, '+31612345002');
    const flooded = await medianMs(roost, FLOODED);
    t.diagnostic(`${flooded.toFixed(1)} ms, elsewhere ${usual.toFixed(1)} ms`);
    return flooded - 2 * usual;
  });
});

/** Copies the deleted verification, as if it had been made and deleted that many times. */
function multiply(file: string): void {
  const database = new DatabaseSync(file);
  const columns = database
    .prepare("SELECT name FROM pragma_table_info('verifications') WHERE name NOT IN ('id', 'message_id')")
    .all()
    .map(({ name }) => String(name))
    .join(', ');
  database.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${DELETED})
     INSERT INTO verifications (id, message_id, ${columns})
     SELECT CAST(substr(id, 1, 6) || randomblob(10) AS BLOB), randomblob(16), ${columns}
     FROM verifications, n WHERE state = 'deleted'`,
  );
  database.close();
}
