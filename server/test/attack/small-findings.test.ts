import assert from 'node:assert/strict';
import test from 'node:test';
import { readAddress } from '../../src/store/drivers/postgres-address.ts';
import { freshFolder, roost as run } from '../operations/support.ts';
import { startRoost } from '../support/roost.ts';

test('however many problems a request has, its answer and its line in the log stay small', async (t) => {
  const roost = await startRoost(t);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await roost.call('POST', '/verify', { headers, body: 'a&'.repeat(32_767) });
  assert.equal(answer.status, 422);
  assert.ok(answer.text.length <= 65_536, `an answer of ${answer.text.length} characters to 65534 bytes`);
  const longest = Math.max(...roost.logged.map((line) => line.length));
  assert.ok(longest <= 4_096, `a line of ${longest} characters`);
});

test('the e-mail of a verification that was deleted cannot be read any more', async (t) => {
  const roost = await startRoost(t);
  const json = { recipient: 'ann@example.com', type: 'email' };
  const made = await roost.call('POST', '/verify', { json });
  assert.equal((await roost.call('DELETE', `/verify/${made.body.id}`)).status, 204);
  const { pathname } = new URL(made.body.messages.href);
  assert.equal((await roost.call('GET', pathname)).status, 404);
});

test('no part of a database password is in what the start complains of, also one with / ? or # in it', async (t) => {
  for (const password of ['hush/rest', 'hush?rest', 'hush#rest', '12/hush']) {
    const url = `postgres://roost:${password}@127.0.0.1:1/roost`;
    const env = {
      ROOST_DATA: freshFolder(t),
      ROOST_SECRET_KEY: 'ab01'.repeat(4).padEnd(64, '23456789'),
      DATABASE_URL: url,
    };
    const { code, stdout, stderr } = await run(['serve'], { env });
    assert.notEqual(code, 0);
    assert.doesNotMatch(stdout + stderr, /hush|roost:12/, password);
  }
  assert.equal(readAddress('postgres://roost:a%2Fb@db/roost').hosts[0]?.name, 'db');
});
