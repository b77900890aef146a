import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRoost } from '../support/roost.ts';

// A database that fails is told to nobody but the log: its words may hold paths and values.
for (const path of ['/sandbox/messages', '/sandbox', '/verify/0a1b2c3d4e5f60718293a4b5c6d7e8f9']) {
  test(`GET ${path} over a broken database answers in the error shape and gives nothing away`, async (t) => {
    const started = await startRoost(t);
    const secret = 'SQLITE_CORRUPT in /var/lib/roost';
    const broken = async () => {
      throw new Error(secret);
    };
    Object.assign(started.roost.store.read, { get: broken, carried: broken });
    const answer = await started.call('GET', path);
    assert.equal(answer.status, 500);
    assert.deepEqual(Object.keys(answer.body), ['errors']);
    assert.equal(answer.body.errors[0].code, 99);
    assert.ok(!answer.text.includes('SQLITE'));
    assert.ok(started.logged.some((line) => line.includes('request.broken')));
  });
}
