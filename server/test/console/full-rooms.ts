import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, NOTHING } from '../../src/domain/guard/counts.ts';
import { tables } from '../../src/store/store.ts';
import { type Scope, type StartedRoost, startRoost } from '../support/roost.ts';
import type { Visitor } from './visitor.ts';

const SEED = '3132333435363738393031323334353637383930';

/** A configured Roost: two providers, routes, prices, budgets. Nothing is sent by them. */
export async function startConfigured(t: Scope): Promise<StartedRoost> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-rooms-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'rooms.json');
  const http = (accessKey: string) => ({ kind: 'messagebird', accessKey, baseUrl: 'http://127.0.0.1:9' });
  const config = {
    providers: {
      bird: http('live_0123456789abcdefghijklmno'),
      spare: http('live_9123456789abcdefghijklmno'),
    },
    routes: {
      '*': {
        sms: [{ provider: 'bird', country: ['NL', 'BE'] }, { provider: 'spare' }],
        tts: [{ provider: 'spare' }],
      },
    },
    prices: [
      { provider: 'bird', channel: 'sms', country: 'NL', cost: '0.07', currency: 'EUR' },
      { provider: 'spare', cost: '0.11', currency: 'EUR' },
    ],
    guard: { countries: ['NL', 'BE'], money: { perDay: 100, perKeyAndDay: 40 } },
    templates: { '*': { sms: { en: 'Your Kingfisher code is %token' } } },
  };
  writeFileSync(file, JSON.stringify(config));
  return startRoost(t, {
    env: { ROOST_CONFIG: file, ROOST_PUBLIC_URL: 'http://localhost:9', ROOST_WEBHOOKS: 'loopback' },
  });
}

/** Puts something into every room. @returns addresses of pages that are there only then */
export async function fillRooms({ roost, call }: StartedRoost, owner: Visitor): Promise<readonly string[]> {
  const { store } = roost;
  await store.transaction(async (tx) => {
    const hourMs = tx.nowMs - (tx.nowMs % 3_600_000);
    for (const [country, delivered] of [
      ['NL', 912],
      ['BE', 41],
    ] as const) {
      tx.insert(tables.deliveryRates, {
        ...{ provider: 'bird', country, hourMs, counter: 'a', accepted: delivered + 20, failed: 3 },
        ...{ delivered, undelivered: 20, delayMs: delivered * 2_345 },
      });
    }
    tx.insert(tables.breakers, {
      ...{ provider: 'spare', state: 'open', windowAtMs: tx.nowMs, failures: 0, successes: 0 },
      ...{ openings: 2, untilMs: tx.nowMs + 30_000 },
    });
    const tally = await tx.tally({ name: 'live default country BE', isExact: true });
    const counts = count(NOTHING, { sends: 60, verified: 2 }, tx.nowMs, tx.nowMs, 168);
    const brake = { closedAtMs: tx.nowMs - 600_000, untilMs: tx.nowMs + 3_000_000, times: 2, probes: 0 };
    tally.keep({ ...counts, brake: { ...brake, healedAtMs: null } }, tx.nowMs + 86_400_000);
    const money = await tx.tally({ name: 'live default project ', isExact: true });
    money.keep(
      count(NOTHING, { micros: 61_200_000, sends: 800 }, tx.nowMs, tx.nowMs, 24),
      tx.nowMs + 86_400_000,
    );
  });
  await owner.post('/console/tokens/import', {
    ...{ mode: 'test', project: 'default', format: 'csv' },
    data: Array.from({ length: 8 }, (_, i) => `VASCO-${1000 + i},${SEED}`).join('\n'),
  });
  const hook = {
    url: 'http://127.0.0.1:9/a/rather/long/address/for/events',
    name: 'Shop',
    mode: 'test',
    project: 'default',
  };
  const made = await owner.post('/console/webhooks', hook);
  const endpoint = /href="(\/console\/webhooks\/test\/default\/[0-9a-f]{32})"/.exec(made.text)?.[1] ?? '';
  await owner.post(`${endpoint}/test`);
  const user = 'ann@customer.example';
  const factors = `/v1/users/${encodeURIComponent(user)}/factors`;
  await call('POST', factors, { json: { kind: 'totp', name: "Ann's phone" } });
  await call('POST', factors, { json: { kind: 'sms', recipient: '+447700900123' } });
  const found = await owner.post('/console/users', { user, mode: 'test', project: 'default' });
  const refused = await call('POST', '/verify', {
    key: 'live_BENCHliveBENCHliveBENCHlive',
    json: { recipient: '+4915112345678' },
  });
  const decision = refused.headers.get('roost-decision') ?? '';
  return [
    endpoint,
    found.headers.get('location') ?? '',
    `/console/guard?decision=${decision}`,
    '/console/templates?channel=sms&template=Go+to+bit.ly%2Fx+%E2%80%9Cnow%E2%80%9D+%25token&country=NL',
  ];
}
