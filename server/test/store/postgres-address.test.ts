import assert from 'node:assert/strict';
import test from 'node:test';
import { readAddress } from '../../src/store/drivers/postgres-address.ts';
import { ask, freshDatabase, openNode } from './postgres-support.ts';
import { startProxy } from './proxy.ts';
import { addOne, put, read } from './samples.ts';
import { CERTIFICATE_FILE, startTls } from './tls.ts';

test('hosts, ports and settings are read as libpq reads them', () => {
  const { hosts, readers } = readAddress(
    'postgres://user:p%40ss@a:5433,b,[::1]:5434/db?target_session_attrs=primary&readers=7&application_name=x',
  );
  assert.deepEqual(
    hosts.map(({ name }) => name),
    ['a:5433', 'b', '[::1]:5434'],
  );
  assert.deepEqual(
    hosts.map(({ client }) => client.connectionString),
    ['a:5433', 'b', '[::1]:5434'].map((host) => `postgres://user:p%40ss@${host}/db?application_name=x`),
  );
  assert.equal(readers, 7);
});

for (const [search, right] of [
  ['?target_session_attrs=standby', /target_session_attrs must be one of read-write, primary, any/],
  ['?readers=0', /readers must be a whole number from 1 to 64/],
  ['?connect_timeout=soon', /connect_timeout must be a whole number from 1 to 60/],
] as const) {
  test(`${search} is refused with what would be right, and the password is not told`, () => {
    assert.throws(
      () => readAddress(`postgres://user:secret@a/db${search}`),
      (error: Error) => right.test(error.message) && !error.message.includes('secret'),
    );
  });
}

test('an address that nothing answers at is told with every host and what was wrong with it', async (t) => {
  const url = new URL(await freshDatabase());
  const readOnly = await freshDatabase();
  await ask(
    readOnly,
    `ALTER DATABASE ${new URL(readOnly).pathname.slice(1)} SET default_transaction_read_only = on`,
  );
  await assert.rejects(
    openNode(t, `postgres://roost:secret@127.0.0.1:1,127.0.0.1:${url.port}${new URL(readOnly).pathname}`),
    (error: Error) =>
      /127\.0\.0\.1:1 \(.*ECONNREFUSED.*\), 127\.0\.0\.1:\d+ \(it can only be read/.test(error.message) &&
      !error.message.includes('secret'),
  );
});

test('when the host that is used goes away, the next one that can be written to is found, and works go on', async (t) => {
  const url = await freshDatabase();
  const proxies = [await startProxy(t, url), await startProxy(t, url)] as const;
  const names = proxies.map((proxy) => new URL(proxy.url).host).join(',');
  const store = await openNode(t, `postgres://roost@127.0.0.1:1,${names}${new URL(url).pathname}`);
  await put(store, 'count', '0');
  for (let round = 0; round < 6; round++) {
    const [gone, there] = round % 2 === 0 ? proxies : [proxies[1], proxies[0]];
    there.mend();
    gone.breakDown();
    await store.transaction((tx) => addOne(tx, 'count'));
    assert.equal(await read(store, 'count'), String(round + 1));
  }
});

test('the connection is encrypted when asked for, and the server is known by its certificate when asked for', async (t) => {
  const url = await startTls(t, await freshDatabase());
  for (const [i, mode] of ['require', `verify-full&sslrootcert=${CERTIFICATE_FILE}`].entries()) {
    await put(await openNode(t, `${url}?sslmode=${mode}`), `row ${i}`, 'x');
  }
  await assert.rejects(openNode(t, `${url}?sslmode=verify-full`), /self-signed certificate/);
  await assert.rejects(openNode(t, `${await freshDatabase()}?sslmode=require`), /does not support SSL/);
});
