import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIVE_KEY } from '../support/roost.ts';
import { until } from '../wire/wire.ts';
import { chainOf, create, settled } from './chain.ts';
import { httpProvider, startGateway, startWith } from './gateway.ts';

// Stops what providers say, and what is kept about routes, from telling a code, a number or a key.
test('with providers, routes and receipts no code, key or number is in a log, an answer or the database once it is over', async (t) => {
  const key = 'upstream-key-Qx7vKp2mNw9rTzLb';
  const telling = await startGateway(t, () => 'refused');
  const gateway = await startGateway(t);
  const secret = (url: { url: string }) =>
    httpProvider(url, { values: { apiKey: key }, errorCode: 'json:/error' });
  const roost = await startWith(
    t,
    { providers: { one: secret(telling), two: secret(gateway) } },
    { env: { ROOST_LOG: 'debug' } },
  );
  const needles: string[] = [key];
  const made: string[] = [];
  for (const recipient of ['+31687654321', '+447400765432']) {
    const { body } = await create(roost, recipient, { tokenLength: 10 });
    await settled(roost, body.id, ['failed', 'sent']);
    made.push(body.id);
    needles.push(recipient.slice(1));
  }
  needles.push(...gateway.taken.map(({ code }) => code), ...gateway.taken.map(({ text }) => text));
  const [, , , ...path] = gateway.taken[0]?.receiptUrl.split('/') ?? [];
  await roost.call('POST', `/${path.join('/')}`, { key: null, form: { status: 'ok' } });
  await until(
    'it is delivered',
    async () => (await chainOf(roost, made[0] ?? '')).at(-1)?.state === 'delivered',
  );
  const code = gateway.taken[1]?.code ?? '';
  assert.equal((await roost.call('GET', `/verify/${made[1]}?token=${code}`, { key: LIVE_KEY })).status, 200);
  const shown = await Promise.all(made.map((id) => roost.call('GET', `/verify/${id}`, { key: LIVE_KEY })));
  await roost.stop();
  const files = readdirSync(roost.folder).filter((name) => name.startsWith('roost.db'));
  const kept = files.map((name) => readFileSync(join(roost.folder, name)).toString('latin1')).join('');
  const logged = roost.logged.join('\n');
  assert.ok(kept.length > 1_000 && logged.length > 100);
  for (const needle of needles) {
    assert.ok(!kept.includes(needle), 'in the database');
    assert.ok(!logged.includes(needle), 'in the log');
  }
  // An answer tells its caller the number that it named, and no code.
  for (const { text } of shown) assert.ok(!gateway.taken.some((one) => text.includes(one.code)));
});
