import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBank, wrongCode } from './support/bank.ts';
import {
  addPayee,
  ask,
  booked,
  confirm,
  draft,
  enter,
  hidden,
  optionsOf,
  payFirst,
  signUp,
} from './support/customer.ts';
import { problemsIn, textOf, Visitor } from './support/visitor.ts';

const ANN = '+31612345678';
const BOB = '+31612345679';
const PAID = /It is paid, and cannot be taken back\./;

describe('what is approved is what is executed', () => {
  test('a change voids what was asked: the page is gone, the challenge is taken back, the new one shows the new amount', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const { database } = bank;
    const before = booked(database);
    const page = await draft(ann, '40');
    const { asked, code } = await ask(bank, ann, page, ANN);
    const form = await ann.open(`${page.path}/change`);
    const [from = ''] = optionsOf(form, 'from');
    const [payee = ''] = optionsOf(form, 'payee');
    await ann.send(`${page.path}/change`, { from, payee, amount: '45', reference: '' });
    const gone = await enter(ann, asked, code);
    assert.equal(gone.status, 404);
    assert.equal(booked(database), before);
    const { asked: again, code: newCode } = await ask(bank, ann, page, ANN);
    assert.match(textOf(again.html), /€45\.00/);
    const wrong = await enter(ann, again, code);
    assert.equal(wrong.path, again.path, 'the code of the old amount');
    assert.equal(booked(database), before);
    assert.match(textOf((await enter(ann, again, newCode)).html), PAID);
  });

  test('200 changes to the stored payment while its approval is asked, each with the right code: none executes', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const { database } = bank;
    const before = booked(database);
    const page = await draft(ann, '40');
    const id = page.path.split('/').at(-1) ?? '';
    const { asked, code } = await ask(bank, ann, page, ANN);
    const { csrf } = ann;
    const factor = hidden(asked, 'factor');
    const row = database.prepare('SELECT * FROM payments WHERE id = ?').get(id) ?? {};
    const other = String(database.prepare("SELECT id FROM accounts WHERE kind = 'savings'").get()?.id);
    const changes: readonly (readonly [string, string | number | null])[] = Array.from(
      { length: 200 },
      (_, n) => {
        const kinds = [
          ['amount_cents', 4_000 + 1 + n],
          ['payee_iban', `NL${n}`],
          ['payee_name', `Vogel ${n}`],
          ['reference', n % 2 === 0 ? null : `invoice ${n + 8}`],
          ['account_id', other],
          ['version', n + 2],
          ['expires_at_ms', Number(row.expires_at_ms) + n + 1],
          ['kind', 'transfer'],
        ] as const;
        return kinds[n % kinds.length] ?? ['version', 99];
      },
    );
    for (const [column, value] of changes) {
      database.prepare(`UPDATE payments SET ${column} = ? WHERE id = ?`).run(value, id);
      const answer = await ann.send(asked.path, { code, factor }, { csrf });
      assert.equal(answer.status, 404, `${column} ${value}`);
      assert.equal(booked(database), before);
      database.prepare(`UPDATE payments SET ${column} = ? WHERE id = ?`).run(row[column] ?? null, id);
    }
    const unchanged = await ann.send(asked.path, { code, factor }, { csrf });
    assert.match(textOf(unchanged.html), PAID);
  });

  test('of 100 confirmations with the right code at once, one executes', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const page = await draft(ann, '40');
    const { asked, code } = await ask(bank, ann, page, ANN);
    const body = new URLSearchParams({ code, csrf_token: ann.csrf });
    const cookie = [...ann.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        fetch(bank.url + asked.path, { method: 'POST', headers: { cookie }, body, redirect: 'manual' }),
      ),
    );
    const lines = bank.database
      .prepare('SELECT COUNT(*) AS count FROM bookings WHERE payment_id IS NOT NULL')
      .get();
    assert.equal(lines?.count, 1);
    assert.equal(answers.filter(({ headers }) => headers.get('location') === page.path).length, 1);
  });

  test('a press on “Pay now” pays what was on the page, or nothing', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await payFirst(bank, ann, ANN);
    const { database } = bank;
    const page = await draft(ann, '10');
    const seen = hidden(page, 'seen');
    const form = await ann.open(`${page.path}/change`);
    const [from = ''] = optionsOf(form, 'from');
    const [payee = ''] = optionsOf(form, 'payee');
    await ann.send(`${page.path}/change`, { from, payee, amount: '20', reference: '' });
    const before = booked(database);
    for (const stale of [seen, '', 'x']) {
      const answer = await ann.send(`${page.path}/confirm`, { seen: stale });
      assert.match(problemsIn(answer)[0] ?? '', /was changed after you confirmed it, so nothing was paid/);
      assert.equal(booked(database), before);
    }
    assert.match(textOf((await confirm(ann, page)).html), PAID);
  });
});

describe('what is swapped opens nothing', () => {
  test('another customer’s accounts, payees, payments and confirmations are as ones that do not exist', async (t) => {
    const bank = await startBank(t);
    const [ann, bob] = [await signUp(bank, ANN), await signUp(bank, BOB)];
    await addPayee(ann);
    const page = await draft(ann, '40');
    const { asked, code } = await ask(bank, ann, page, ANN);
    const form = await ann.open('/payments/new');
    const [from = ''] = optionsOf(form, 'from');
    const [payee = ''] = optionsOf(form, 'payee');
    const { database } = bank;
    const before = booked(database);
    for (const path of [
      `/accounts/${from}`,
      `/accounts/${from}/history/2`,
      page.path,
      `${page.path}/change`,
      `${page.path}/evidence.jws`,
      asked.path,
    ]) {
      const unknown = path.replace(/[0-9a-f]{32}/, '0'.repeat(32));
      const [theirs, nobodys] = [await bob.open(path), await bob.open(unknown)];
      assert.equal(theirs.status, 404, path);
      const plain = (html: string) =>
        html.replaceAll(/value="[^"]*"|data-[a-z-]+="[^"]*"/g, '').replaceAll(/<time.*?<\/time>/g, '');
      assert.equal(plain(theirs.html), plain(nobodys.html), path);
    }
    await addPayee(bob);
    await bob.open('/payments/new');
    const paying = await bob.send('/payments/new', { from, payee, amount: '1', reference: '' });
    assert.deepEqual(problemsIn(paying), ['Choose one of your accounts.', 'Choose a payee from your list.']);
    for (const [path, fields] of [
      [`/payees/${payee}/remove`, {}],
      [`${page.path}/confirm`, { seen: hidden(page, 'seen') }],
      [`${page.path}/cancel`, {}],
      [`${page.path}/change`, { from, payee, amount: '1', reference: '' }],
      [asked.path, { code }],
      [`${asked.path}/send`, {}],
    ] as const) {
      await bob.open('/accounts');
      await bob.open('/payees');
      assert.equal((await bob.send(path, fields)).status, 404, path);
    }
    assert.equal(booked(database), before);
    assert.match(textOf((await enter(ann, asked, code)).html), PAID, 'Ann’s still works');
  });

  test('the code of one payment confirms no other of the same customer, and stays good for its own', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const { asked: first, code: firstCode } = await ask(bank, ann, await draft(ann, '40'), ANN);
    const { asked: second, code: secondCode } = await ask(bank, ann, await draft(ann, '41'), ANN);
    const { database } = bank;
    const before = booked(database);
    assert.equal((await enter(ann, second, firstCode)).path, second.path);
    assert.equal(booked(database), before);
    assert.match(textOf((await enter(ann, await ann.open(first.path), firstCode)).html), /Paid.*€40\.00/);
    assert.match(textOf((await enter(ann, await ann.open(second.path), secondCode)).html), /Paid.*€41\.00/);
    const after = booked(database);
    for (const [page, code] of [
      [first, firstCode],
      [second, secondCode],
    ] as const) {
      assert.equal((await enter(ann, page, code)).status, 404, 'used once');
    }
    assert.equal(booked(database), after);
  });

  test('a confirmation that is asked in one browser cannot be answered in another of the same customer', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const page = await draft(ann, '40');
    const { asked, code } = await ask(bank, ann, page, ANN);
    const elsewhere = new Visitor(bank.url);
    await elsewhere.open('/accounts');
    for (const [name, value] of ann.cookies)
      if (!name.includes('customer')) elsewhere.cookies.set(name, value);
    assert.match((await elsewhere.open(asked.path)).path, /sign-in|signed-out/);
    const refused = await elsewhere.send(asked.path, { code }, { csrf: ann.csrf });
    assert.notEqual(refused.path, page.path);
    assert.doesNotMatch(textOf(refused.html), PAID);
  });
});

describe('when Roost fails', () => {
  test('after a right code whose proof could not be redeemed nothing is paid, and it can be approved again', async (t) => {
    let isDown = false;
    const bank = await startBank(t, {
      fetch: (url, init) =>
        isDown && String(url).includes('/proofs/redeem')
          ? Promise.reject(new TypeError('down'))
          : fetch(url, init),
    });
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const { database } = bank;
    const before = booked(database);
    const page = await draft(ann, '40');
    isDown = true;
    const first = await ask(bank, ann, page, ANN);
    const lost = await enter(ann, first.asked, first.code);
    assert.equal(lost.path, page.path);
    assert.match(problemsIn(lost)[0] ?? '', /nothing was paid\. Approve it again/);
    assert.equal(booked(database), before);
    isDown = false;
    const { asked, code } = await ask(bank, ann, page, ANN);
    assert.match(textOf((await enter(ann, asked, code)).html), PAID);
  });

  test('a proof of another Roost executes nothing, and the staff is told', async (t) => {
    let isForged = false;
    const bank = await startBank(t, {
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        if (!isForged || !String(url).endsWith('/check')) return answer;
        const body = JSON.parse(await answer.text());
        const [head, claims, signature] = String(body.proof).split('.');
        const forged = `${signature?.startsWith('A') ? 'B' : 'A'}${signature?.slice(1)}`;
        return new Response(JSON.stringify({ ...body, proof: `${head}.${claims}.${forged}` }), answer);
      },
    });
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const { database } = bank;
    const before = booked(database);
    const page = await draft(ann, '40');
    const { asked, code } = await ask(bank, ann, page, ANN);
    isForged = true;
    const refused = await enter(ann, asked, code);
    assert.match(textOf(refused.html), /This payment was refused.*could not be trusted/);
    assert.match(bank.told.join(), /the approval of payment [0-9a-f]{32} was refused: .*signature/);
    assert.equal(booked(database), before);
  });

  test('three wrong codes use up the one that was sent, not the payment, which can be approved anew', async (t) => {
    const bank = await startBank(t);
    const ann = await signUp(bank, ANN);
    await addPayee(ann);
    const page = await draft(ann, '40');
    const first = await ask(bank, ann, page, ANN);
    const before = booked(bank.database);
    for (let guess = 0; guess < 3; guess += 1) await enter(ann, first.asked, wrongCode(first.code));
    const late = await enter(ann, first.asked, first.code);
    assert.match(problemsIn(late).join(' '), /Ask for a new one/);
    assert.equal(booked(bank.database), before);
    assert.match(textOf((await ann.open(page.path)).html), /Approve this payment.*Nothing has been paid yet/);
    const again = await ask(bank, ann, page, ANN);
    assert.equal((await ann.open(first.asked.path)).status, 404, 'what was asked before is taken back');
    assert.match(textOf((await enter(ann, await ann.open(again.asked.path), again.code)).html), PAID);
  });
});
