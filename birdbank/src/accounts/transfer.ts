import { createHash } from 'node:crypto';
import type { CustomerVisit } from '../customer.ts';
import { html } from '../html.ts';
import { problemSummary } from '../pages/parts.ts';
import { execute, type Ledger } from '../payments/execute.ts';
import { digestOf, type Payment, PENDING_MS } from '../payments/payment.ts';
import type { Problem } from '../session-data.ts';
import type { Answer, Page } from '../visit.ts';
import { accountOptions, amountField, type Debit, marked, readDebit, takeNews, tell } from './parts.ts';
import { inTransaction } from './transaction.ts';

const PATH = '/transfers';

/** `GET /transfers`: money between a customer's own accounts. */
export function transferPage(
  { accounts, randomBytes }: Ledger & { randomBytes: (size: number) => Buffer },
  visit: CustomerVisit,
): Page {
  const { words, customer } = visit;
  const { transfer, back } = words.accounts;
  const news = takeNews(visit, PATH);
  const list = accounts.list(customer.id);
  const { from = list[0]?.id ?? '', to = list[1]?.id ?? '', amount = '' } = news?.typed ?? {};
  const title = (news?.problems.length ?? 0) > 0 ? words.frame.errorTitle(transfer.title) : transfer.title;
  return {
    title,
    main: html`<div class="card">
<h1>${transfer.title}</h1>
<p class="soft">${transfer.why}</p>
${problemSummary(news?.problems ?? [], visit)}
<form method="post" action="${PATH}">
${visit.csrfField()}
<input type="hidden" name="once" value="${randomBytes(16).toString('hex')}">
<label for="from">${transfer.from}</label>
<select id="from" name="from"${marked('from', null, news)}>${accountOptions(list, from, words)}</select>
<label for="to">${transfer.to}</label>
<select id="to" name="to"${marked('to', null, news)}>${accountOptions(list, to, words)}</select>
${amountField(amount, words, news)}
<button>${transfer.submit}</button>
</form>
</div>
<p class="aside"><a href="/accounts">${back}</a></p>`,
  };
}

/** `POST /transfers`. A form that is sent twice moves the money once: its `once` names the transfer. */
export function submitTransfer(ledger: Ledger, visit: CustomerVisit): Answer {
  const { customer, words, nowMs } = visit;
  const id = createHash('sha256')
    .update(`transfer/${customer.id}/${visit.field('once')}`)
    .digest('hex')
    .slice(0, 32);
  const made = inTransaction(ledger.database, (): Payment | readonly Problem[] => {
    const before = ledger.payments.find(customer.id, id, nowMs);
    if (before !== null) return before;
    const debit = readDebit(visit, ledger.accounts);
    if (!('cents' in debit)) return debit;
    const to = ledger.accounts.find(customer.id, visit.field('to'));
    if (to === null || to.id === debit.account.id)
      return [{ text: words.accounts.transfer.same, field: 'to' }];
    const transfer = transferOf(id, debit, to.iban, words.accounts.kinds[to.kind], nowMs);
    ledger.payments.save(transfer);
    execute(ledger, customer.id, id, { digest: digestOf(transfer), approval: null }, nowMs);
    return transfer;
  });
  if ('id' in made) return { redirectTo: `/payments/${id}` };
  const typed = { from: visit.field('from'), to: visit.field('to'), amount: visit.field('amount') };
  return tell(visit, PATH, { problems: made, typed });
}

const transferOf = (
  id: string,
  { account, cents }: Debit,
  payeeIban: Payment['payeeIban'],
  payeeName: string,
  nowMs: number,
): Payment => ({
  ...{ id, customerId: account.customerId, kind: 'transfer', version: 1, state: 'draft' },
  ...{ accountId: account.id, payeeName, payeeIban, amountCents: cents, reference: null },
  ...{ createdAtMs: nowMs, expiresAtMs: nowMs + PENDING_MS },
});
