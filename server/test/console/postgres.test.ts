import assert from 'node:assert/strict';
import test from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import { createCounter } from '../../src/app/insight/counter.ts';
import { readHome } from '../../src/app/insight/home.ts';
import { findListed } from '../../src/app/insight/search.ts';
import { COUNTS } from '../../src/domain/insight/figures.ts';
import { readWanted } from '../../src/http/console/wanted.ts';
import { stopwatchMs } from '../../src/kernel/clock.ts';
import { createLog } from '../../src/kernel/log.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { PostgresStore } from '../../src/store/drivers/postgres.ts';
import { recount } from './recount.ts';
import { seed } from './traffic.ts';

const DAY_MS = 86_400_000;

test('PostgreSQL counts and finds the same as SQLite does', async (t) => {
  const { url } = await startPostgres(t);
  const store = await PostgresStore.open({ url, random: systemRandom, log: createLog('silent') });
  t.after(() => store.close());
  const nowMs = store.nowMs();
  const { past, refusals } = await seed(
    store,
    { set: () => {} },
    { count: 400, fromMs: nowMs - 5_000, toMs: nowMs },
  );
  const counter = createCounter({
    ...{ store, stopwatchMs, holder: 'one', rowsKeptMs: 90 * DAY_MS },
    rest: async () => true,
  });
  await counter.pass();
  const home = await readHome({ store }, { mode: 'live', projectId: null });
  const all = recount(past, refusals, { nowMs: store.nowMs(), fromMs: 0, toMs: nowMs + 1, mode: 'live' });
  for (const name of COUNTS) assert.equal(home.month.total[name], all[name], name);
  assert.deepEqual(home.month.total.costs, all.costs);
  const find = async (query: object) => {
    const ids: string[] = [];
    for (let before: string | null = null; ; ) {
      const found = await findListed({ store }, { ...readWanted(query as never), before });
      ids.push(...found.rows.map((row) => (row.kind === 'refusal' ? row.refusal.id : row.verification.id)));
      if (found.next === null) return new Set(ids);
      before = found.next;
    }
  };
  const matching = (is: (one: (typeof past)[number]) => boolean) =>
    new Set(past.filter(is).map(({ verification }) => verification.id));
  assert.deepEqual(await find({ state: 'refused' }), new Set(refusals.map(({ id }) => id)));
  assert.deepEqual(
    await find({ state: 'failed', mode: 'live' }),
    matching(({ verification: v }) => v.state === 'failed' && v.mode === 'live'),
  );
  assert.deepEqual(
    await find({ country: 'NL', mode: 'live' }).then(
      (ids) => [...ids].filter((id) => !refusals.some((r) => r.id === id)).length,
    ),
    matching((p) => p.verification.mode === 'live' && p.messages.at(-1)?.routing?.country === 'NL').size,
  );
  const one = past[7]?.verification;
  assert.deepEqual(await find({ whom: one?.recipientKey }), new Set([one?.id]));
});
