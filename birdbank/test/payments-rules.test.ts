import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Iban } from '../src/accounts/iban.ts';
import { execute } from '../src/payments/execute.ts';
import {
  approvalReason,
  DAILY_CENTS,
  DAY_MS,
  digestOf,
  type Payment,
  PENDING_MS,
  SMALL_CENTS,
  settle,
  transactionOf,
} from '../src/payments/payment.ts';
import { NOW, openLedger, ZOON } from './support/ledger.ts';

const APPROVAL = { challenge: 'c1', factor: 'f1' };

describe('what needs an approval', () => {
  test('a payee who was never paid with approval, an amount above the limit, or too much in a day', (t) => {
    const ledger = openLedger(t);
    const { current } = ledger.addCustomer('ann');
    const small = ledger.draft(current, SMALL_CENTS);
    const reason = (payment: Payment, facts = { isKnownPayee: true, unapprovedCents: 0 }) =>
      approvalReason(payment, facts);
    assert.equal(reason(small), null);
    assert.equal(reason({ ...small, amountCents: SMALL_CENTS + 1 }), 'amount');
    assert.equal(reason(small, { isKnownPayee: false, unapprovedCents: 0 }), 'newPayee');
    const almost = DAILY_CENTS - SMALL_CENTS;
    assert.equal(reason(small, { isKnownPayee: true, unapprovedCents: almost }), null);
    assert.equal(reason(small, { isKnownPayee: true, unapprovedCents: almost + 1 }), 'day');
    assert.equal(reason({ ...small, kind: 'transfer' }, { isKnownPayee: false, unapprovedCents: 0 }), null);
  });

  test('the day’s total counts what was paid without approval in the last 24 hours, and nothing else', (t) => {
    const ledger = openLedger(t);
    const { current } = ledger.addCustomer('ann');
    ledger.payees.markApproved('ann', ZOON, NOW);
    const pay = (cents: number, nowMs: number, approval: typeof APPROVAL | null = null) => {
      const payment = ledger.payments.draft('ann', { ...ledger.draft(current, cents) }, nowMs);
      return execute(ledger, 'ann', payment.id, { digest: digestOf(payment), approval }, nowMs).kind;
    };
    assert.equal(pay(50_000, NOW, APPROVAL), 'executed');
    for (let paid = 0; paid + SMALL_CENTS <= DAILY_CENTS; paid += SMALL_CENTS) {
      assert.equal(pay(SMALL_CENTS, NOW), 'executed');
    }
    assert.equal(pay(SMALL_CENTS, NOW), 'approval needed');
    assert.equal(pay(SMALL_CENTS, NOW + DAY_MS - 1), 'approval needed');
    assert.equal(pay(SMALL_CENTS, NOW + DAY_MS), 'executed');
  });

  test('a payee who is removed and added again is new, and so is one of another name', (t) => {
    const ledger = openLedger(t);
    const { current } = ledger.addCustomer('ann');
    ledger.payees.markApproved('ann', ZOON, NOW);
    const payment = ledger.draft(current, 100);
    assert.equal(ledger.payments.facts(payment, NOW).isKnownPayee, true);
    assert.equal(ledger.payments.facts({ ...payment, payeeName: 'Vogel' }, NOW).isKnownPayee, false);
    const [payee] = ledger.payees.list('ann');
    assert.ok(payee !== undefined);
    assert.equal(ledger.payees.remove('bob', payee.id), false);
    assert.equal(ledger.payees.remove('ann', payee.id), true);
    ledger.payees.add('ann', ZOON.name, ZOON.iban);
    assert.equal(ledger.payments.facts(payment, NOW).isKnownPayee, false);
  });
});

describe('what is approved is what is executed', () => {
  test('amount, payee, account and reference are booked as approved, with the challenge beside them', (t) => {
    const ledger = openLedger(t);
    const { current } = ledger.addCustomer('ann');
    const payment = ledger.draft(current, 12_345, { reference: 'invoice 7' });
    const done = execute(ledger, 'ann', payment.id, { digest: digestOf(payment), approval: APPROVAL }, NOW);
    assert.equal(done.kind, 'executed');
    const [line] = ledger.accounts.history(current, 1, 0);
    assert.deepEqual(line, {
      ...{ bookedAtMs: NOW, amountCents: -12_345, kind: 'payment', name: ZOON.name, iban: ZOON.iban },
      ...{ reference: 'invoice 7', paymentId: payment.id, approval: 'c1' },
      balanceCents: current.balanceCents - 12_345,
    });
    assert.equal(ledger.accounts.find('ann', current.id)?.balanceCents, current.balanceCents - 12_345);
    assert.equal(ledger.payments.facts(payment, NOW).isKnownPayee, true, 'approved once, known from then on');
  });

  test('the digest covers every field, so no two payments share one', (t) => {
    const ledger = openLedger(t);
    const { current, savings } = ledger.addCustomer('ann');
    const payment = ledger.draft(current, 12_345);
    const changes: readonly Partial<Payment>[] = [
      ...[{ id: '0' }, { customerId: 'bob' }, { kind: 'transfer' as const }, { version: 2 }],
      ...[
        { accountId: savings.id },
        { payeeName: 'Vogel' },
        { payeeIban: 'X' as Iban },
        { amountCents: 12_346 },
      ],
      ...[{ reference: '' }, { createdAtMs: NOW + 1 }, { expiresAtMs: NOW + PENDING_MS + 1 }],
    ];
    const digests = changes.map((change) => digestOf({ ...payment, ...change } as Payment));
    assert.equal(new Set([digestOf(payment), ...digests]).size, changes.length + 1);
  });

  test('the message names payee and account, in at most 70 characters', () => {
    const longest = 'MT84MALT011000012345MTLCAST001S' as Iban;
    for (const payeeName of ['V', 'x'.repeat(35)]) {
      for (const payeeIban of [ZOON.iban, longest]) {
        const wanted = { accountId: 'a', payeeName, payeeIban, amountCents: 5, reference: null };
        const { payment } = transactionOf(wanted);
        assert.ok(payment !== undefined && payment.payee.length <= 70);
        assert.equal(payment.payee.replaceAll(' ', ''), `${payeeName},${payeeIban}`);
        assert.equal(payment.amount, '0.05');
      }
    }
  });

  test('10,000 random changes to the stored row of an approved payment execute nothing, in the books alone', (t) => {
    const ledger = openLedger(t);
    const { current, savings } = ledger.addCustomer('ann');
    const bob = ledger.addCustomer('bob');
    const approved = ledger.draft(current, 12_345, { reference: 'invoice 7' });
    ledger.payments.wait('ann', approved.id, NOW);
    const confirmation = { digest: digestOf(approved), approval: APPROVAL };
    const columns = fc.oneof(
      fc.record({ column: fc.constant('amount_cents'), value: fc.integer({ min: 1, max: 100_000_000 }) }),
      fc.record({ column: fc.constant('payee_name'), value: fc.string({ maxLength: 40 }) }),
      fc.record({ column: fc.constant('payee_iban'), value: fc.string({ maxLength: 34 }) }),
      fc.record({ column: fc.constant('reference'), value: fc.option(fc.string({ maxLength: 35 })) }),
      fc.record({ column: fc.constant('version'), value: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ column: fc.constant('expires_at_ms'), value: fc.integer({ min: NOW + 1, max: NOW * 2 }) }),
      fc.record({ column: fc.constant('created_at_ms'), value: fc.integer({ min: 0, max: NOW * 2 }) }),
      fc.record({ column: fc.constant('customer_id'), value: fc.constant('bob') }),
      fc.record({ column: fc.constant('kind'), value: fc.constant('transfer') }),
      fc.record({
        column: fc.constant('account_id'),
        value: fc.constantFrom(savings.id, bob.current.id, bob.savings.id),
      }),
    );
    const row = ledger.database.prepare('SELECT * FROM payments WHERE id = ?');
    const original = JSON.stringify(row.get(approved.id));
    const before = ledger.booked();
    let changesMade = 0;
    fc.assert(
      fc.property(
        fc.array(columns, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('ann', 'bob'),
        (changes, who) => {
          ledger.database.exec('SAVEPOINT untouched');
          for (const { column, value } of changes) {
            ledger.database.prepare(`UPDATE payments SET ${column} = ? WHERE id = ?`).run(value, approved.id);
          }
          if (JSON.stringify(row.get(approved.id)) !== original) {
            changesMade += 1;
            const { kind } = execute(ledger, who, approved.id, confirmation, NOW);
            assert.ok(kind === 'changed' || kind === 'not found', kind);
            assert.equal(ledger.booked(), before);
          }
          ledger.database.exec('ROLLBACK TO untouched; RELEASE untouched');
        },
      ),
      { numRuns: 10_200 },
    );
    assert.ok(changesMade >= 10_000, `${changesMade} of them were changes`);
    assert.equal(
      execute(ledger, 'ann', approved.id, confirmation, NOW).kind,
      'executed',
      'unchanged, it works',
    );
  });

  test('a change there and back again voids the approval', (t) => {
    const ledger = openLedger(t);
    const { current } = ledger.addCustomer('ann');
    const payment = ledger.draft(current, 5_000);
    const confirmation = { digest: digestOf(payment), approval: APPROVAL };
    ledger.payments.change('ann', payment.id, { ...payment, amountCents: 6_000 }, NOW);
    ledger.payments.change('ann', payment.id, payment, NOW);
    assert.equal(ledger.payments.find('ann', payment.id, NOW)?.amountCents, 5_000);
    assert.equal(execute(ledger, 'ann', payment.id, confirmation, NOW).kind, 'changed');
  });

  test('one approval executes one payment: its challenge stands in the books once', (t) => {
    const ledger = openLedger(t);
    const { current } = ledger.addCustomer('ann');
    const pay = () => {
      const payment = ledger.draft(current, 5_000);
      return execute(ledger, 'ann', payment.id, { digest: digestOf(payment), approval: APPROVAL }, NOW);
    };
    assert.equal(pay().kind, 'executed');
    const before = ledger.booked();
    assert.throws(pay, /UNIQUE constraint failed: payments.challenge/);
    assert.equal(ledger.booked(), before);
  });
});

describe('states', () => {
  test('a payment is pending in its last millisecond and expired in the next, and then nothing executes it', (t) => {
    const ledger = openLedger(t);
    const { current } = ledger.addCustomer('ann');
    const payment = ledger.draft(current, 5_000);
    assert.equal(settle(payment, NOW + PENDING_MS - 1).state, 'draft');
    assert.equal(settle(payment, NOW + PENDING_MS).state, 'expired');
    const confirmation = { digest: digestOf(payment), approval: APPROVAL };
    const done = execute(ledger, 'ann', payment.id, confirmation, NOW + PENDING_MS);
    assert.deepEqual([done.kind, 'payment' in done && done.payment.state], ['closed', 'expired']);
  });

  test('what is executed, refused, expired or cancelled stays so', (t) => {
    const ledger = openLedger(t);
    const { current } = ledger.addCustomer('ann');
    const ends: Record<string, (payment: Payment) => void> = {
      executed: (payment) =>
        execute(ledger, 'ann', payment.id, { digest: digestOf(payment), approval: APPROVAL }, NOW),
      refused: (payment) => ledger.payments.refuse('ann', payment.id, 'proof', NOW),
      cancelled: (payment) => ledger.payments.cancel('ann', payment.id, NOW),
    };
    for (const [state, end] of Object.entries(ends)) {
      const payment = ledger.draft(current, 5_000);
      end(payment);
      const before = ledger.booked();
      const confirmation = { digest: digestOf(payment), approval: { challenge: 'c2', factor: 'f' } };
      assert.equal(execute(ledger, 'ann', payment.id, confirmation, NOW).kind, 'closed');
      assert.equal(ledger.payments.cancel('ann', payment.id, NOW), null);
      assert.equal(ledger.payments.change('ann', payment.id, payment, NOW), null);
      assert.equal(ledger.payments.wait('ann', payment.id, NOW), null);
      assert.equal(ledger.payments.find('ann', payment.id, NOW + PENDING_MS)?.state, state);
      assert.equal(ledger.booked(), before);
    }
  });

  test('more than is on the account is refused, its overdraft included, to the cent', (t) => {
    const ledger = openLedger(t);
    const { current, savings } = ledger.addCustomer('ann');
    const pay = (account: typeof current, cents: number, challenge: string) => {
      const payment = ledger.draft(account, cents);
      const approval = { challenge, factor: 'f' };
      const done = execute(ledger, 'ann', payment.id, { digest: digestOf(payment), approval }, NOW);
      return 'payment' in done ? done.payment.state : done.kind;
    };
    const most = current.balanceCents + current.overdraftCents;
    assert.equal(pay(current, most + 1, 'c1'), 'refused');
    assert.equal(pay(current, most, 'c2'), 'executed');
    assert.equal(pay(current, 1, 'c3'), 'refused');
    assert.equal(ledger.accounts.find('ann', current.id)?.balanceCents, -current.overdraftCents);
    assert.equal(pay(savings, savings.balanceCents + 1, 'c4'), 'refused');
    assert.equal(pay(savings, savings.balanceCents, 'c5'), 'executed');
  });

  test('bookings never change, and a payment to another customer of ours arrives at once', (t) => {
    const ledger = openLedger(t);
    const { current } = ledger.addCustomer('ann');
    const bob = ledger.addCustomer('bob');
    const payment = ledger.draft(current, 5_000, { payeeName: 'Bob', payeeIban: bob.current.iban });
    execute(ledger, 'ann', payment.id, { digest: digestOf(payment), approval: APPROVAL }, NOW);
    const [line] = ledger.accounts.history(bob.current, 1, 0);
    assert.deepEqual([line?.amountCents, line?.kind, line?.iban], [5_000, 'received', current.iban]);
    assert.throws(
      () => ledger.database.exec('UPDATE bookings SET amount_cents = 1'),
      /bookings do not change/,
    );
  });
});
