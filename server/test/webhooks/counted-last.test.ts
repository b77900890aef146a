import assert from 'node:assert/strict';
import test from 'node:test';
import { createSafe } from '../../src/app/safe.ts';
import { createVault } from '../../src/app/vault.ts';
import { withEvents } from '../../src/app/webhooks/events.ts';
import { PassedOn, storeWith } from '../../src/app/wrapped-store.ts';
import { count, NOTHING } from '../../src/domain/guard/counts.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { type Query, type Table, type TallySubject, tables } from '../../src/store/store.ts';
import { enrolPhone } from '../factors/factors.ts';
import { startRoost } from '../support/roost.ts';

// What is counted must be the last that a transaction waits for: begun anew after that, it would count twice.
test('a transaction that counts, and tells of what it changed by webhooks, reads nothing once it has counted', async (t) => {
  const roost = await startRoost(t);
  const { store, masterKey } = roost.roost;
  const id = await enrolPhone(roost, 'ann', '+31612345678');
  const told: string[] = [];
  class Watched extends PassedOn {
    override get<Value, K>(table: Table<Value, K>, key: K) {
      told.push(`get ${table.name}`);
      return this.inner.get(table, key);
    }
    override list<Value, By>(query: Query<Value, By>, by: By) {
      told.push(`list ${query.table.name}`);
      return this.inner.list(query, by);
    }
    override async tally(subject: TallySubject) {
      const tally = await this.inner.tally(subject);
      const keep = (...kept: Parameters<typeof tally.keep>) => {
        told.push('counted');
        tally.keep(...kept);
      };
      return { own: tally.own, others: tally.others, keep };
    }
    override insert<Value, K>(table: Table<Value, K>, value: Value) {
      told.push(`insert ${table.name}`);
      this.inner.insert(table, value);
    }
  }
  const watched = storeWith(store, (work) => store.transaction((tx) => work(new Watched(tx))));
  const endpoint = { id: 'e'.repeat(32), events: null, recipients: 'masked' } as const;
  const events = withEvents(watched, {
    vault: createVault(masterKey, systemRandom),
    safe: createSafe(masterKey, systemRandom),
    registry: { any: () => true, of: () => [endpoint], all: () => [endpoint] } as never,
    written: () => {},
  });
  const key = { projectId: 'default', mode: 'test', id } as const;
  await events.transaction(async (tx) => {
    assert.notEqual(await tx.get(tables.factors, key), null);
    const tally = await tx.tally({ name: 'test default key of-a-test', isExact: true });
    tally.keep(count(NOTHING, { sends: 1 }, tx.nowMs, tx.nowMs, 1), tx.nowMs + 60_000);
    tx.remove(tables.factors, key);
  });
  const after = told.slice(told.indexOf('counted') + 1);
  assert.ok(after.includes('insert webhook_deliveries'), told.join(', '));
  assert.deepEqual(
    after.filter((one) => !one.startsWith('insert ')),
    [],
    'everything was read before',
  );
});
