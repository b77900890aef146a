import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import type { StartedRoost, StartOptions } from '../support/roost.ts';
import { numberNo, until } from '../wire/wire.ts';
import { chainOf, create } from './chain.ts';
import { type Gateway, httpProvider, startGateway, startWith } from './gateway.ts';

const stateOf = async (roost: StartedRoost, provider: string) =>
  (await roost.roost.store.read.breakers()).find((breaker) => breaker.provider === provider)?.state ?? 'none';

async function start(t: TestContext, options: StartOptions = {}) {
  const [first, second] = [await startGateway(t, () => 'busy'), await startGateway(t)];
  const config = {
    providers: { first: httpProvider(first), second: httpProvider(second) },
    policy: { failOverSeconds: 0 },
  };
  return { first, second, config, roost: await startWith(t, config, options) };
}

let made = 0;
async function send(roost: StartedRoost): Promise<string> {
  made += 1;
  const { body, status, text } = await create(roost, numberNo(made));
  assert.equal(status, 201, text);
  return body.id;
}

/** Sends until the provider is passed over on this node. */
async function sendUntilPassedOver(roost: StartedRoost, gateway: Gateway): Promise<void> {
  for (let i = 0; i < 6; i += 1) await send(roost);
  await until('it is open', async () => (await stateOf(roost, 'first')) === 'open');
  await until('this node passes it over', async () => {
    const before = gateway.asked.length;
    const id = await send(roost);
    const [message] = await chainOf(roost, id);
    return gateway.asked.length === before && message?.routing?.passedOver[0] === 'first';
  });
}

test('a provider that works leaves no trace of it in the store', async (t) => {
  const gateway = await startGateway(t);
  const roost = await startWith(t, { providers: { first: httpProvider(gateway) } });
  for (let i = 0; i < 10; i += 1) await send(roost);
  await until('all are handed over', async () => gateway.taken.length === 10);
  assert.equal(await stateOf(roost, 'first'), 'none');
});

test('a provider that fails is passed over; when it works again a probe finds out, and messages go there again', async (t) => {
  const { roost, first, second } = await start(t);
  await sendUntilPassedOver(roost, first);
  first.fate = () => 'taken';
  roost.clock.advance(16_000);
  await until('it has been probed and is well', async () => {
    await send(roost);
    return (await stateOf(roost, 'first')) === 'closed';
  });
  await until('messages go there again', async () => {
    const [message] = await chainOf(roost, await send(roost));
    return message?.provider === 'first';
  });
  assert.ok(first.taken.length > 0 && second.taken.length > 0);
});

test('a probe that fails keeps it passed over, and costs one message a detour', async (t) => {
  const { roost, first } = await start(t);
  await sendUntilPassedOver(roost, first);
  roost.clock.advance(16_000);
  await until('a node may try', async () => (await stateOf(roost, 'first')) === 'probing');
  const before = first.asked.length;
  await until('the probe has failed', async () => {
    await send(roost);
    return (await stateOf(roost, 'first')) === 'open';
  });
  assert.ok(first.asked.length - before <= 2, `${first.asked.length - before} messages were tried`);
});

test('with no other route a provider that fails is still asked', async (t) => {
  const gateway = await startGateway(t, () => 'busy');
  const roost = await startWith(t, { providers: { first: httpProvider(gateway) } });
  for (let i = 0; i < 6; i += 1) await send(roost);
  await until('it is open', async () => (await stateOf(roost, 'first')) === 'open');
  gateway.fate = () => 'taken';
  const id = await send(roost);
  await until('it is handed over', async () => (await chainOf(roost, id))[0]?.state === 'sent');
});

test('what one node finds out about a provider, the others know within a second, and nodes take over each other`s fail-overs', async (t) => {
  const postgres = await startPostgres(t);
  const env = {
    DATABASE_URL: await postgres.createDatabase('breakers'),
    ROOST_SECRET_KEY: '0123456789abcdef'.repeat(4),
  };
  const { roost: one, first, second, config } = await start(t, { env });
  const other = await startWith(t, config, { env });
  await sendUntilPassedOver(one, first);
  await until(
    'the other node passes it over',
    async () => {
      const [message] = await chainOf(other, await send(other));
      return message?.routing?.passedOver[0] === 'first';
    },
    2_000,
  );
  // What waits for its next route is taken up by the other node when this one is gone.
  second.fate = () => 'busy';
  const id = await send(one);
  await until('it waits', async () => (await chainOf(other, id)).length > 0);
  await one.stop();
  [first, second].forEach((gateway) => {
    gateway.fate = () => 'taken';
  });
  await until(
    'the other node has sent it',
    async () => (await chainOf(other, id)).at(-1)?.state === 'sent',
    15_000,
  );
});
