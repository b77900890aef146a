import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { handTo } from '../../src/app/delivery/carriers.ts';
import type { Vault } from '../../src/app/vault.ts';
import type { Message, Outbound } from '../../src/domain/message.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Store } from '../../src/store/store.ts';
import { LIVE_KEY, type StartedRoost } from '../support/roost.ts';
import { numberNo, until, verificationOf } from '../wire/wire.ts';
import { create } from './chain.ts';
import { type Gateway, httpProvider, startGateway, startWith } from './gateway.ts';

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** Creates that many verifications, some at a time, and tells how long each took, in milliseconds. */
async function createMany(roost: StartedRoost, count: number, first: number): Promise<number[]> {
  const tookMs: number[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const i = next;
      next += 1;
      const sinceMs = performance.now();
      const answer = await create(roost, numberNo(first + i), { timeout: 60 });
      tookMs.push(performance.now() - sinceMs);
      assert.equal(answer.status, 201, answer.text);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return tookMs;
}

// Stops a slow gateway from making its callers wait: they have been answered before it is asked.
test('a create takes no longer with a gateway that stalls than with one that answers at once', async (t) => {
  const [instant, stalled] = [await startGateway(t), await startGateway(t, () => 'stalled')];
  const quick = await startWith(t, { providers: { one: httpProvider(instant) } });
  const slow = await startWith(t, { providers: { one: httpProvider(stalled) } });
  // Of several rounds the best: what else the machine does must not be taken for what a gateway does.
  const best = { instant: Number.POSITIVE_INFINITY, stalled: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 4; round += 1) {
    const first = round * 100;
    best.instant = Math.min(best.instant, percentile(await createMany(quick, 100, first), 0.99));
    best.stalled = Math.min(best.stalled, percentile(await createMany(slow, 100, first), 0.99));
  }
  t.diagnostic(`p99 ${best.instant.toFixed(1)} ms instant, ${best.stalled.toFixed(1)} ms stalled`);
  assert.ok(stalled.asked.length > 50, 'many sendings hang at the stalled gateway');
  assert.ok(best.stalled <= Math.max(2 * best.instant, 25), JSON.stringify(best));
});

test('a provider that stalls keeps no other provider`s messages waiting', async (t) => {
  const [stalled, well] = [await startGateway(t, () => 'stalled'), await startGateway(t)];
  const roost = await startWith(t, {
    providers: { bad: httpProvider(stalled), good: httpProvider(well) },
    routes: { '*': { sms: ['bad'], tts: ['good'] } },
  });
  await createMany(roost, 400, 0); // more than there is room for
  assert.ok(stalled.asked.length > 0);
  const sinceMs = Date.now();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => create(roost, numberNo(5_000 + i), { type: 'tts' })),
  );
  await until('all are handed over', async () => well.taken.length === answers.length);
  assert.ok(Date.now() - sinceMs < 6_000, 'long before the others are given up');
});

test('messages for which there was no room are sent as soon as there is, each once', async (t) => {
  const gateway: Gateway = await startGateway(t, () => 'slow');
  gateway.slowMs = 1_000;
  const roost = await startWith(t, { providers: { one: httpProvider(gateway) } });
  await createMany(roost, 400, 0);
  await until('all are handed over', async () => gateway.taken.length >= 400);
  await sleep(500);
  assert.equal(new Set(gateway.asked.map(({ code, to }) => `${to} ${code}`)).size, 400);
  assert.equal(gateway.asked.length, 400, 'none is sent twice, without a crash');
});

test('nothing reaches a gateway after the code has expired, however long it stalled', async (t) => {
  const gateway = await startGateway(t, () => 'stalled');
  const roost = await startWith(t, { providers: { one: httpProvider(gateway) } });
  const made = await Promise.all(
    Array.from({ length: 300 }, (_, i) => create(roost, numberNo(i), { timeout: 30 })),
  );
  await until('some were asked', async () => gateway.asked.length > 0);
  await sleep(300);
  roost.clock.advance(31_000);
  const before = gateway.asked.length;
  gateway.fate = () => 'taken';
  gateway.close();
  await sleep(1_000);
  assert.equal(gateway.asked.length, before);
  const one = await roost.call('GET', `/verify/${made[0]?.body.id}`, { key: LIVE_KEY });
  assert.equal(one.body.status, 'expired');
  assert.equal((await verificationOf(roost, made[299]?.body.id, 'live')).state !== 'verified', true);
});

test('a provider that ignores being told to stop loses its message after a second more', async () => {
  const sendTimeoutMs = 200;
  const provider: Provider = {
    ...{ id: 'deaf', channels: ['sms'], deduplicates: false, keepsCodes: false },
    send: () => new Promise(() => undefined),
  };
  const deps = {
    ...{ store: { nowMs: () => 0 } as Store, vault: {} as Vault, log: silentLog, publicUrl: null },
    ...{ sendTimeoutMs, providers: new Map([[provider.id, provider]]) },
  };
  const message = { expiresAtMs: 60_000 } as Message;
  const { outcome, tookMs } = await handTo(deps, message, { provider: 'deaf' } as Outbound);
  assert.equal(outcome.kind, 'unknown');
  assert.ok(tookMs >= 1_200 && tookMs < 10_000, `${tookMs} ms`);
});
