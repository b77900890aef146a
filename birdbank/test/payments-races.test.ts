import assert from 'node:assert/strict';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { NOW, openLedger } from './support/ledger.ts';
import type { Work } from './support/payer.ts';

type Confirmation = Work['confirmations'][number];

/** Confirms all of these in eight threads at once, each with a connection of its own. */
async function confirmAtOnce(folder: string, confirmations: readonly Confirmation[]): Promise<string[]> {
  const threads = 8;
  const workers = await Promise.all(
    Array.from({ length: threads }, async (_, thread) => {
      const workerData: Work = {
        ...{ folder, nowMs: NOW },
        confirmations: confirmations.filter((_confirmation, index) => index % threads === thread),
      };
      const worker = new Worker(new URL('./support/payer.ts', import.meta.url), { workerData });
      await once(worker, 'message');
      return worker;
    }),
  );
  const answers = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage('go');
  return (await Promise.all(answers)).flatMap(([kinds]) => kinds as string[]);
}

const folderOf = ({ database }: { database: { location(): string | null } }): string =>
  dirname(database.location() ?? '');

test('of 100 confirmations of one payment at once, over eight connections, one executes it', async (t) => {
  const ledger = openLedger(t);
  const { current } = ledger.addCustomer('ann');
  const { id } = ledger.draft(current, 5_000);
  const same = Array.from({ length: 100 }, () => ({ customerId: 'ann', id, challenge: 'c1' }));
  const kinds = await confirmAtOnce(folderOf(ledger), same);
  assert.equal(kinds.length, 100);
  assert.equal(kinds.filter((kind) => kind === 'executed now').length, 1);
  assert.equal(kinds.filter((kind) => kind === 'executed').length, 99, 'the others find it executed');
  assert.equal(ledger.accounts.find('ann', current.id)?.balanceCents, current.balanceCents - 5_000);
});

test('200 payments at once: no cent is lost or made, and no account goes below its limit', async (t) => {
  const ledger = openLedger(t);
  const ann = ledger.addCustomer('ann');
  const bob = ledger.addCustomer('bob');
  const total = () =>
    Number(ledger.database.prepare('SELECT SUM(amount_cents) AS cents FROM bookings').get()?.cents);
  const before = total();
  // Half go to each other and half away; together far more than there is, so that many must be refused.
  const confirmations = Array.from({ length: 200 }, (_, index) => {
    const from = index % 2 === 0 ? ann.current : bob.current;
    const to = index % 2 === 0 ? bob.current : ann.current;
    const inside = index % 4 < 2 ? { payeeName: 'Neighbour', payeeIban: to.iban } : {};
    const { id, customerId } = ledger.draft(from, 9_900 + index, inside);
    return { customerId, id, challenge: `c${index}` };
  });
  const kinds = await confirmAtOnce(folderOf(ledger), confirmations);
  const paid = confirmations
    .map(({ customerId, id }) => ledger.payments.find(customerId, id, NOW))
    .filter((payment) => payment?.state === 'executed');
  const ours = [ann.current.iban, bob.current.iban];
  const away = paid.filter((payment) => !ours.includes(payment?.payeeIban ?? ann.current.iban));
  assert.equal(paid.length, kinds.filter((kind) => kind === 'executed now').length);
  assert.ok(paid.length > 50 && paid.length < 200, `${paid.length} were executed`);
  assert.equal(total(), before - away.reduce((sum, payment) => sum + (payment?.amountCents ?? 0), 0));
  for (const [customer, { id }] of [
    ['ann', ann.current],
    ['bob', bob.current],
  ] as const) {
    const account = ledger.accounts.find(customer, id);
    assert.ok(account !== null && account.balanceCents >= -account.overdraftCents);
    const lines = ledger.accounts.history(account, 1_000, 0);
    assert.equal(
      account.balanceCents,
      lines.reduce((sum, line) => sum + line.amountCents, 0),
    );
    assert.equal(lines[0]?.balanceCents, account.balanceCents);
    assert.ok(
      lines.every((line) => line.balanceCents >= -account.overdraftCents),
      'at no moment',
    );
  }
});
