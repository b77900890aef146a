import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type RoundsState, runRounds } from '../../../bench/crash/rounds.ts';
import { sqliteTarget } from '../../../bench/crash/sqlite-target.ts';

// Two servers at a time, to be done in half the time.
const LANES = 2;
const ROUNDS_EACH = 25;
/** Long enough that much is under way; `bench/crash` loads for longer, and over a thousand rounds. */
const LONGEST_MS = 600;
const LEAST_CREATES = 21;

async function killRounds(t: TestContext, seed: number): Promise<RoundsState> {
  const folder = await mkdtemp(join(tmpdir(), 'roost-kill-'));
  const target = await sqliteTarget(folder);
  t.after(async () => {
    await target.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await target.start();
  return runRounds(target, {
    ...{ rounds: ROUNDS_EACH, seed, actors: 12, mostCreates: 200, longestMs: LONGEST_MS },
    leastCreates: LEAST_CREATES,
    ...{ handOverLimitMs: 60_000, journal: null },
  });
}

// Stops what a crash does to a server that answers before it has written, or judges in memory: a lost
// verification, a code that works again, a guess given back, a message never sent.
test('killed at 50 random moments under load, it loses nothing acknowledged, and no code works twice', async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const lanes = await Promise.all(Array.from({ length: LANES }, (_, lane) => killRounds(t, seed + lane)));
  for (const state of lanes) {
    assert.deepEqual(state.problems.slice(0, 20), []);
    assert.equal(state.round, ROUNDS_EACH);
    assert.ok(state.made >= ROUNDS_EACH * LEAST_CREATES, `only ${state.made} verifications were made`);
    assert.ok(state.messages > ROUNDS_EACH, `only ${state.messages} messages were looked for`);
  }
});
