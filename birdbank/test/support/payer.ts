import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { createAccounts } from '../../src/accounts/store.ts';
import { openDatabase } from '../../src/database.ts';
import { execute } from '../../src/payments/execute.ts';
import { createPayees } from '../../src/payments/payees.ts';
import { digestOf } from '../../src/payments/payment.ts';
import { createPayments } from '../../src/payments/store.ts';

/** What one of several confirms at the same moment: payments by id, each with its challenge. */
export type Work = {
  readonly folder: string;
  readonly nowMs: number;
  readonly confirmations: readonly { customerId: string; id: string; challenge: string }[];
};

const { folder, nowMs, confirmations } = workerData as Work;
const database = openDatabase(folder);
const ledger = {
  database,
  accounts: createAccounts(database, randomBytes),
  payees: createPayees(database, randomBytes),
  payments: createPayments(database, randomBytes),
};

parentPort?.on('message', () => {
  const kinds = confirmations.map(({ customerId, id, challenge }) => {
    const payment = ledger.payments.find(customerId, id, nowMs);
    if (payment === null) return 'not found';
    const approval = { challenge, factor: 'f' };
    const done = execute(ledger, customerId, id, { digest: digestOf(payment), approval }, nowMs);
    return done.kind === 'closed'
      ? done.payment.state
      : done.kind === 'executed'
        ? 'executed now'
        : done.kind;
  });
  database.close();
  parentPort?.postMessage(kinds);
  parentPort?.close();
});
parentPort?.postMessage('ready');
