import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { createProofVerifier, Roost } from '@roost/client';
import { enrolPhone } from '../../server/test/factors/factors.ts';
import { startRoost } from '../../server/test/support/roost.ts';
import type { Approved, CustomerVisit } from '../src/customer.ts';
import { digestOf, type Payment, transactionOf } from '../src/payments/payment.ts';
import { createBanking } from '../src/payments/routes.ts';
import { ENGLISH } from '../src/words/words.ts';
import { openLedger } from './support/ledger.ts';

/** The bank's books and the purpose that executes, with a real Roost and real proofs, but without pages. */
async function open(t: TestContext) {
  const roost = await startRoost(t);
  const ledger = openLedger(t, roost.clock());
  const client = new Roost({ url: roost.url, accessKey: roost.testKey });
  const verifier = createProofVerifier({
    ...{ url: roost.url, audience: 'default', mode: 'test', now: roost.clock },
  });
  const told: string[] = [];
  const tellStaff = (line: string) => void told.push(line);
  const { database } = ledger;
  const { purpose } = createBanking({
    roost: client,
    appHost: null,
    tellStaff,
    database,
    verifier,
    randomBytes,
  });

  return {
    ...{ roost, ledger, told, client },
    async addCustomer(id: string, number: string) {
      const accounts = ledger.addCustomer(id);
      return { ...accounts, phone: await enrolPhone(roost, id, number) };
    },
    /** Has a payment approved for real, and answers what the pages would hand over. */
    async approve(payment: Payment, phone: string, purposeName = 'payment'): Promise<Approved> {
      const transaction = transactionOf(payment);
      const { id } = await client.challenges.create({
        user: payment.customerId,
        purpose: purposeName,
        transaction,
      });
      const { token } = await client.challenges.send(id, { factor: phone, returnToken: true });
      const { proof } = await client.challenges.check(id, { factor: phone, code: token ?? '', transaction });
      const reference = `${payment.id}.${digestOf(payment)}`;
      return { reference, challenge: id, proof, transaction, factorId: phone };
    },
    /** What the pages do once a challenge is approved, for this customer. */
    async execute(customerId: string, approved: Approved): Promise<string | undefined> {
      const visit = {
        ...{
          customer: { id: customerId, userName: null, createdAtMs: 0 },
          nowMs: roost.clock(),
          words: ENGLISH,
        },
        session: { flash: null, asked: [] },
      } as unknown as CustomerVisit;
      await purpose.approved(visit, approved);
      return visit.session.flash?.problems[0]?.text;
    },
    redeemedAt: async (challenge: string) => {
      const { body } = await roost.call('GET', `/v1/challenges/${challenge}`);
      return body.redeemedAt;
    },
    state: (payment: Payment) => ledger.payments.find(payment.customerId, payment.id, roost.clock())?.state,
  };
}

test('a proof executes the payment that it was made for, once', async (t) => {
  const bank = await open(t);
  const { current, phone } = await bank.addCustomer('ann', '+31612345678');
  const payment = bank.ledger.draft(current, 5_000);
  const approved = await bank.approve(payment, phone);
  assert.equal(await bank.execute('ann', approved), undefined);
  assert.equal(bank.state(payment), 'executed');
  const after = bank.ledger.booked();
  await Promise.all(Array.from({ length: 20 }, () => bank.execute('ann', approved)));
  assert.equal(bank.ledger.booked(), after);
});

test('of 100 executions with one proof at once, one pays', async (t) => {
  const bank = await open(t);
  const { current, phone } = await bank.addCustomer('ann', '+31612345678');
  const payment = bank.ledger.draft(current, 5_000);
  const approved = await bank.approve(payment, phone);
  await Promise.all(Array.from({ length: 100 }, () => bank.execute('ann', approved)));
  const { database } = bank.ledger;
  const lines = database.prepare('SELECT COUNT(*) AS count FROM bookings WHERE payment_id IS NOT NULL').get();
  assert.ok(Number(lines?.count) <= 1, 'never twice');
  assert.equal(lines?.count, 1);
  assert.equal(bank.state(payment), 'executed');
});

test('300 random changes to a payment after its approval, with a real proof: none executes, and none uses it up', async (t) => {
  const bank = await open(t);
  const { current, savings, phone } = await bank.addCustomer('ann', '+31612345678');
  const payment = bank.ledger.draft(current, 5_000);
  const approved = await bank.approve(payment, phone);
  const { database } = bank.ledger;
  const row = database.prepare('SELECT * FROM payments WHERE id = ?').get(payment.id) ?? {};
  const before = bank.ledger.booked();
  const random = (below: number) => randomBytes(4).readUInt32BE() % below;
  const values: Record<string, () => string | number> = {
    amount_cents: () => 5_001 + random(90_000_000),
    payee_name: () => `Vogel ${random(1_000_000)}`,
    payee_iban: () => `NL${random(1_000_000)}`,
    reference: () => `r${random(1_000_000)}`,
    version: () => 2 + random(1_000),
    account_id: () => savings.id,
    kind: () => 'transfer',
    expires_at_ms: () => payment.expiresAtMs + 1 + random(1_000_000),
  };
  const columns = Object.keys(values);
  for (let change = 0; change < 300; change += 1) {
    const column = columns[change % columns.length] ?? 'version';
    database
      .prepare(`UPDATE payments SET ${column} = ? WHERE id = ?`)
      .run(values[column]?.() ?? 0, payment.id);
    assert.match((await bank.execute('ann', approved)) ?? '', /was changed after you confirmed it/);
    assert.equal(bank.ledger.booked(), before);
    for (const name of ['version', 'state', column]) {
      database.prepare(`UPDATE payments SET ${name} = ? WHERE id = ?`).run(row[name] ?? null, payment.id);
    }
  }
  assert.equal(await bank.redeemedAt(approved.challenge), null);
  assert.equal(await bank.execute('ann', approved), undefined);
  assert.equal(bank.state(payment), 'executed', 'unchanged, it works');
});

test('proofs, challenges and payments that are swapped among customers and payments execute nothing', async (t) => {
  const bank = await open(t);
  const ann = await bank.addCustomer('ann', '+31612345678');
  const bob = await bank.addCustomer('bob', '+31612345679');
  const draft = (account: typeof ann.current, cents: number) => bank.ledger.draft(account, cents);
  const approvedBy = async (person: typeof ann, cents: number) => {
    const payment = draft(person.current, cents);
    return { payment, approved: await bank.approve(payment, person.phone) };
  };
  const annFirst = await approvedBy(ann, 5_000);
  const bobs = await approvedBy(bob, 5_000);
  const before = bank.ledger.booked();
  const PROOF = /could not be trusted/;

  // Bob shows what Ann approved.
  await bank.execute('bob', annFirst.approved);
  assert.equal(bank.state(annFirst.payment), 'draft');
  // Bob’s payment, of the very same amount and payee, with Ann’s proof.
  const stolen = { ...annFirst.approved, reference: bobs.approved.reference };
  assert.match((await bank.execute('bob', stolen)) ?? '', PROOF);
  assert.equal(bank.state(bobs.payment), 'refused');
  // Ann’s dearer payment with the proof of the cheap one.
  const dear = draft(ann.current, 50_000);
  const swapped = { ...annFirst.approved, reference: `${dear.id}.${digestOf(dear)}` };
  assert.match((await bank.execute('ann', swapped)) ?? '', PROOF);
  // A proof beside the id of another challenge, or of another factor.
  const other = await approvedBy(ann, 6_000);
  for (const odd of [{ challenge: annFirst.approved.challenge }, { factorId: bob.phone }]) {
    const fresh = draft(ann.current, 6_000);
    const reference = `${fresh.id}.${digestOf(fresh)}`;
    assert.match((await bank.execute('ann', { ...other.approved, reference, ...odd })) ?? '', PROOF);
  }
  // A proof of signing in, bound to the same payment.
  const signIn = draft(ann.current, 7_000);
  assert.match((await bank.execute('ann', await bank.approve(signIn, ann.phone, 'sign-in'))) ?? '', PROOF);
  assert.equal(bank.ledger.booked(), before);
  assert.equal(bank.told.length, 5, 'the staff is told of each');
});

test('the same amount to the same payee twice: the proof of the one executes the other not a second time', async (t) => {
  const bank = await open(t);
  const { current, phone } = await bank.addCustomer('ann', '+31612345678');
  const [first, twin] = [bank.ledger.draft(current, 5_000), bank.ledger.draft(current, 5_000)];
  const approved = await bank.approve(first, phone);
  await bank.execute('ann', approved);
  const after = bank.ledger.booked();
  const swapped = { ...approved, reference: `${twin.id}.${digestOf(twin)}` };
  assert.match((await bank.execute('ann', swapped)) ?? '', /has been used already/);
  assert.equal(bank.ledger.booked(), after);
});

test('an approval that is shown too late executes nothing', async (t) => {
  const bank = await open(t);
  const { current, phone } = await bank.addCustomer('ann', '+31612345678');
  const payment = bank.ledger.draft(current, 5_000);
  const approved = await bank.approve(payment, phone);
  const before = bank.ledger.booked();
  bank.roost.clock.advance(340_000);
  assert.match((await bank.execute('ann', approved)) ?? '', /could not be trusted/);
  assert.equal(bank.ledger.booked(), before);
});
