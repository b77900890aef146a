import assert from 'node:assert/strict';
import test from 'node:test';
import { removeFactor } from '../../src/app/factors/keep.ts';
import { loseToken } from '../../src/app/factors/tokens.ts';
import type { Notices } from '../../src/app/notices.ts';
import { createVault } from '../../src/app/vault.ts';
import { PassedOn, storeWith } from '../../src/app/wrapped-store.ts';
import { hotp } from '../../src/domain/factor/hotp.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import type { Table } from '../../src/store/store.ts';
import { startRoost } from '../support/roost.ts';
import { factorsOf } from './factors.ts';

const SECRET = Buffer.from('12345678901234567890');
const SCOPE = { projectId: 'default', mode: 'test' } as const;

// What is counted must be the last that a transaction waits for: begun anew after that, it would count twice.
test('a change of factors waits for nothing more once its user is told of it', async (t) => {
  const roost = await startRoost(t);
  const { store, masterKey } = roost.roost;
  const events: string[] = [];
  class Watched extends PassedOn {
    override get<Value, K>(table: Table<Value, K>, key: K) {
      events.push(`get ${table.name}`);
      return this.inner.get(table, key);
    }
  }
  const notices: Notices = {
    notify: async (_, event) => void events.push(event),
    toldOf: async () => [],
  };
  const deps = {
    ...{ notices, vault: createVault(masterKey, systemRandom) },
    store: storeWith(store, (work) => store.transaction((tx) => work(new Watched(tx)))),
  };
  const data = `T-1,${SECRET.toString('hex')},hotp`;
  await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  const give = async (presses: number): Promise<string> => {
    const made = await roost.call('POST', factorsOf('ann'), { json: { kind: 'hotp', serial: 'T-1' } });
    const { id } = made.body.factor;
    const json = { code: hotp({ algorithm: 'SHA1', digits: 6 }, SECRET, presses) };
    const confirmed = await roost.call('POST', `${factorsOf('ann')}/${id}/confirm`, { json });
    assert.equal(confirmed.status, 200, confirmed.text);
    return id;
  };
  await removeFactor(deps, { ...SCOPE, id: await give(0) }, 'ann');
  assert.deepEqual(events.splice(0), ['get factors', 'get tokens', 'factorRemoved']);
  await give(1);
  await loseToken(deps, SCOPE, 'T-1');
  assert.deepEqual(events, ['get tokens', 'get factors', 'factorRemoved']);
});
