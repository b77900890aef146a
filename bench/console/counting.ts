import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createCounter } from '../../server/src/app/insight/counter.ts';
import { readHome } from '../../server/src/app/insight/home.ts';
import { percentileMs } from '../../server/src/domain/insight/durations.ts';
import { COUNTS } from '../../server/src/domain/insight/figures.ts';
import { systemRandom } from '../../server/src/kernel/random.ts';
import { SqliteStore } from '../../server/src/store/drivers/sqlite.ts';
import { exactPercentile, recount } from '../../server/test/console/recount.ts';
import { chunks, type Plan } from './store.ts';

const DAY_MS = 86_400_000;

function planOf(folder: string): Plan {
  const db = new DatabaseSync(join(folder, 'roost.db'), { readOnly: true });
  const row = db.prepare("SELECT value FROM settings WHERE name = 'bench plan'").get();
  db.close();
  return JSON.parse(String(row?.value)) as Plan;
}

/** Counts without resting, for `seconds` at most. The clock stands where the seeding ended. */
export async function countAll(folder: string, seconds: number): Promise<string> {
  const { endMs } = planOf(folder);
  const store = new SqliteStore({ file: join(folder, 'roost.db'), clock: () => endMs, random: systemRandom });
  const beganMs = performance.now();
  const counter = createCounter({
    ...{ store, stopwatchMs: () => performance.now(), holder: 'bench', rowsKeptMs: 90 * DAY_MS },
    rest: async () => performance.now() - beganMs < seconds * 1_000,
  });
  await counter.pass();
  const tookMs = performance.now() - beganMs;
  const db = new DatabaseSync(join(folder, 'roost.db'), { readOnly: true });
  const [spans, sieves] = ['figures', 'sieves'].map((name) =>
    Number(db.prepare(`SELECT COUNT(*) AS n FROM ${name}`).get()?.n),
  );
  db.close();
  await store.close();
  const more = tookMs >= seconds * 1_000 ? '; run it again' : '; all is counted';
  return `${(tookMs / 1000).toFixed(1)} s, ${spans} stretches and days, ${sieves} sieves${more}`;
}

/** Compares the front page with a count of every row that was made. */
export async function recountAll(folder: string): Promise<string> {
  const plan = planOf(folder);
  const nowMs = plan.endMs;
  const store = new SqliteStore({ file: join(folder, 'roost.db'), clock: () => nowMs, random: systemRandom });
  const all = chunks(plan, { idAt: () => 'a'.repeat(32) });
  const past = function* () {
    for (const chunk of all) yield* chunk.past();
  };
  const refusals = function* () {
    for (const chunk of all) yield* chunk.refusals();
  };
  const todayMs = nowMs - (nowMs % DAY_MS);
  const differences: string[] = [];
  const home = await readHome({ store }, { mode: 'live', projectId: null });
  const question = { nowMs, mode: 'live', toMs: nowMs + DAY_MS } as const;
  const expected = recount(past(), refusals(), { ...question, fromMs: todayMs - 29 * DAY_MS });
  const { total } = home.month;
  for (const name of COUNTS) {
    if (total[name] !== expected[name]) differences.push(`${name}: ${total[name]}, not ${expected[name]}`);
  }
  if (
    JSON.stringify(Object.entries(total.costs).sort()) !==
    JSON.stringify(Object.entries(expected.costs).sort())
  ) {
    differences.push('costs');
  }
  for (const share of [0.5, 0.95]) {
    for (const [mine, theirs] of [
      [total.toDelivery, expected.toDeliveryMs],
      [total.toVerification, expected.toVerificationMs],
    ] as const) {
      if (percentileMs(mine, share) !== exactPercentile(theirs, share))
        differences.push(`percentile ${share}`);
    }
  }
  await store.close();
  const counted = `${total.created} created, ${total.messages} messages, ${total.verified} verified, ${total.refused} refused`;
  return differences.length === 0 ? `equal: ${counted}` : `DIFFERENT\n${differences.join('\n')}\n${counted}`;
}
