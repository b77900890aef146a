import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { newHolder, PASSWORD } from './support/account-holder.ts';
import { startBank } from './support/bank.ts';
import { textOf } from './support/visitor.ts';

const NEXT = 'a much better password';

describe('what has ended', () => {
  test('half a sign-in with the password of before is worth nothing once there is another', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const there = ann.elsewhere();
    const { page, code } = await there.password();
    assert.equal(page.path, '/sign-in/confirm');
    const right = await code();
    await ann.open('/security/password');
    const done = await ann.send('/security/password', { current: PASSWORD, next: NEXT });
    assert.match(textOf(done.html), /Your password is changed\./);
    const seen = await there.send('/sign-in/confirm', { code: right });
    assert.equal(seen.path, '/sign-in', seen.html);
    assert.equal((await there.open('/accounts')).path, '/sign-in');
  });

  test('a password that is being looked at while it is changed is not the password any more', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const there = ann.elsewhere();
    await there.open('/sign-in');
    await ann.open('/security/password');
    const update = bank.database.prepare('UPDATE customers SET password = ?');
    const [kept] = bank.database.prepare('SELECT password FROM customers').all();
    const looking = there.send('/sign-in', { name: ann.number, password: PASSWORD });
    // A guess is counted just before it is hashed, which is long enough for somebody else to save another password.
    const counted = bank.database.prepare('SELECT 1 FROM tries');
    while (counted.get() === undefined) await setImmediate();
    update.run(`${kept?.password}x`);
    assert.equal((await looking).path, '/sign-in');
  });

  test('a session that was ended from elsewhere does not live on under another id', async (t) => {
    let free = (): void => {};
    let reached = (): void => {};
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const gate = new Promise<void>((resolve) => {
      free = resolve;
    });
    let isSlow = false;
    const bank = await startBank(t, {
      async fetch(url, init) {
        if (isSlow && init?.method === 'POST' && String(url).endsWith('/factors')) {
          reached();
          await gate;
        }
        return fetch(url, init);
      },
    });
    const ann = await newHolder(bank);
    const there = ann.elsewhere();
    await there.signIn();
    isSlow = true;
    await there.open('/security/recovery');
    const making = there.send('/security/recovery', {});
    await isReached;
    await ann.open('/security');
    await ann.send('/sign-out-everywhere', {});
    free();
    await making;
    assert.match((await there.open('/accounts')).path, /^\/(?:sign-in|signed-out)$/);
    assert.deepEqual(bank.database.prepare('SELECT 1 FROM customer_sessions').all(), []);
  });
});
