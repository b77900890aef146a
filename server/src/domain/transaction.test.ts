import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isProblem } from '../kernel/failure.ts';
import {
  approvalTemplate,
  digestTransaction,
  readTransaction,
  type Transaction,
  type TransactionRequest,
} from './transaction.ts';

const PAYMENT = { amount: '12.50', currency: 'EUR', payee: 'Vogel BV', reference: 'rent' };

function read(request: TransactionRequest): Transaction {
  const transaction = readTransaction(request);
  if (transaction === null || isProblem(transaction)) throw new Error(JSON.stringify(transaction));
  return transaction;
}

test('an amount is kept with the decimals of its currency', () => {
  const kept = (amount: string, currency: string) => read({ payment: { ...PAYMENT, amount, currency } });
  assert.equal((kept('12.5', 'EUR') as { amount: string }).amount, '12.50');
  assert.equal((kept('12', 'EUR') as { amount: string }).amount, '12.00');
  assert.equal((kept('1200', 'JPY') as { amount: string }).amount, '1200');
  assert.equal((kept('1.5', 'KWD') as { amount: string }).amount, '1.500');
});

const REFUSED: readonly (readonly [object, string])[] = [
  [{ amount: '0' }, 'payment.amount'],
  [{ amount: '0.00' }, 'payment.amount'],
  [{ amount: '-1' }, 'payment.amount'],
  [{ amount: '1e3' }, 'payment.amount'],
  [{ amount: '1,50' }, 'payment.amount'],
  [{ amount: '01' }, 'payment.amount'],
  [{ amount: '1.505' }, 'payment.amount'],
  [{ amount: '1.0', currency: 'JPY' }, 'payment.amount'],
  [{ currency: 'XYZ' }, 'payment.currency'],
  [{ payee: '' }, 'payment.payee'],
  [{ payee: ' x' }, 'payment.payee'],
  [{ payee: 'a\nb' }, 'payment.payee'],
  [{ payee: 'a\u202eb' }, 'payment.payee'],
  [{ payee: '100%token' }, 'payment.payee'],
  [{ payee: '@bank.example #123456' }, 'payment.payee'],
  [{ payee: 'x'.repeat(71) }, 'payment.payee'],
  [{ reference: 'x'.repeat(36) }, 'payment.reference'],
];

for (const [change, parameter] of REFUSED) {
  test(`a payment is refused for its ${parameter}: ${JSON.stringify(change).slice(0, 50)}`, () => {
    const refusal = readTransaction({ payment: { ...PAYMENT, ...change } });
    assert.ok(isProblem(refusal));
    assert.equal(refusal.parameter, parameter);
  });
}

// Stops one approval from standing for two payments (PSD2 RTS, article 5(1)(d)).
test('10,000 random changes of a payment all have another digest', () => {
  const line = fc.string({ minLength: 1, maxLength: 30 });
  const payment = fc.record({
    amount: fc.integer({ min: 1, max: 10 ** 9 }).map((cents) => (cents / 100).toFixed(2)),
    currency: fc.constantFrom('EUR', 'USD', 'GBP', 'CHF'),
    payee: line,
    reference: fc.option(line),
  });
  const property = fc.property(payment, payment, (a, b) => {
    const digest = (one: typeof a) => digestTransaction({ kind: 'payment', ...one });
    const mixed = { ...a, payee: b.payee };
    for (const other of [b, mixed, { ...a, amount: b.amount }, { ...a, reference: b.reference }]) {
      const same =
        JSON.stringify([...Object.entries(a)].sort()) === JSON.stringify([...Object.entries(other)].sort());
      assert.equal(digest(a) === digest(other), same);
    }
  });
  fc.assert(property, { numRuns: 2_500 });
});

test('what stands in one field never passes for another, and a text never for a payment', () => {
  const digests = [
    digestTransaction(read({ payment: PAYMENT })),
    digestTransaction(read({ payment: { ...PAYMENT, payee: 'rent', reference: 'Vogel BV' } })),
    digestTransaction(read({ payment: { ...PAYMENT, payee: 'Vogel BV, ref rent', reference: null } })),
    digestTransaction(read({ transactionText: 'EUR 12.50 to Vogel BV, ref rent' })),
  ];
  assert.equal(new Set(digests).size, digests.length);
});

test('a payee with signs that a replacement would read is shown as it is', () => {
  const filled = approvalTemplate(
    '%token: %transaction',
    read({ payment: { ...PAYMENT, payee: "A$&B $' $1" } }),
  );
  assert.ok(!isProblem(filled));
  assert.equal(filled.filled, "%token: EUR 12.50 to A$&B $' $1, ref rent");
});
