import {
  accountOptions,
  amountField,
  marked,
  missingPage,
  type News,
  readDebit,
  takeNews,
  tell,
} from '../accounts/parts.ts';
import type { Bank } from '../bank.ts';
import type { CustomerVisit } from '../customer.ts';
import { type Html, html, when } from '../html.ts';
import { problemSummary } from '../pages/parts.ts';
import type { Problem } from '../session-data.ts';
import type { Answer, Page } from '../visit.ts';
import { forgetAsked } from './approval.ts';
import type { Ledger } from './execute.ts';
import { readLine } from './lines.ts';
import type { Payee } from './payees.ts';
import { DAILY_CENTS, isPending, MOST_REFERENCE, type Pending, SMALL_CENTS, type Wanted } from './payment.ts';

const PATH = '/payments/new';

type Typed = {
  readonly from: string;
  readonly payee: string;
  readonly amount: string;
  readonly reference: string;
};
const fields = ({ field }: CustomerVisit): Typed => ({
  ...{ from: field('from'), payee: field('payee'), amount: field('amount'), reference: field('reference') },
});

/** `GET /payments/new` and `GET /payments/new/{payee}` */
export function newPaymentPage(ledger: Ledger, visit: CustomerVisit): Page {
  const { form } = visit.words.payments;
  const news = takeNews(visit, PATH);
  const before = { from: '', payee: visit.params.payee ?? '', amount: '', reference: '' };
  return formPage(ledger, visit, {
    path: PATH,
    title: form.title,
    news,
    typed: { ...before, ...news?.typed },
  });
}

/** `GET /payments/{id}/change` */
export function changePage(ledger: Ledger, visit: CustomerVisit): Answer {
  const payment = pendingOf(ledger, visit);
  if (!('state' in payment)) return payment;
  const { form } = visit.words.payments;
  const path = `/payments/${payment.id}/change`;
  const news = takeNews(visit, path);
  const payee = ledger.payees.list(payment.customerId).find(({ iban }) => iban === payment.payeeIban);
  const amount = visit.words.typedMoney(payment.amountCents);
  const before = {
    from: payment.accountId,
    payee: payee?.id ?? '',
    amount,
    reference: payment.reference ?? '',
  };
  return formPage(ledger, visit, {
    path,
    title: form.changeTitle,
    news,
    typed: { ...before, ...news?.typed },
  });
}

type Form = {
  readonly path: string;
  readonly title: string;
  readonly news: News | null;
  readonly typed: Typed;
};

function formPage(
  { accounts, payees }: Ledger,
  visit: CustomerVisit,
  { path, title, news, typed }: Form,
): Page {
  const { words, customer } = visit;
  const { form, facts } = words.payments;
  const list = payees.list(customer.id);
  const isWrong = (news?.problems.length ?? 0) > 0;
  if (list.length === 0) return noPayees(visit, title);
  return {
    title: isWrong ? words.frame.errorTitle(title) : title,
    main: html`<div class="card">
<h1>${title}</h1>
<p class="soft">${path === PATH ? form.limits(words.money(SMALL_CENTS), words.money(DAILY_CENTS)) : form.changedNote}</p>
${problemSummary(news?.problems ?? [], visit)}
<form method="post" action="${path}">
${visit.csrfField()}
<label for="from">${form.from}</label>
<select id="from" name="from"${marked('from', null, news)}>${accountOptions(accounts.list(customer.id), typed.from, words)}</select>
<label for="payee">${form.payee}</label>
<select id="payee" name="payee" aria-required="true"${marked('payee', null, news)}>
<option value="">${form.choosePayee}</option>
${payeeOptions(list, typed.payee, visit)}
</select>
${amountField(typed.amount, words, news)}
<label for="reference">${facts.reference}</label>
<p class="hint" id="reference-hint">${form.referenceHint}</p>
<input id="reference" name="reference" value="${typed.reference}" autocomplete="off"${marked('reference', 'reference-hint', news)}>
<button>${form.submit}</button>
</form>
</div>
<p class="aside"><a href="/payees">${form.addPayee}</a></p>`,
  };
}

const payeeOptions = (list: readonly Payee[], chosen: string, { words }: CustomerVisit): readonly Html[] =>
  list.map(
    ({ id, name, approvedAtMs }) =>
      html`<option value="${id}"${when(id === chosen, html` selected`)}>${approvedAtMs === null ? words.payments.form.isNew(name) : name}</option>`,
  );

function noPayees({ words }: CustomerVisit, title: string): Page {
  const { form, payees } = words.payments;
  return {
    title,
    main: html`<div class="card">
<h1>${title}</h1>
<p>${form.noPayees}</p>
<p><a class="button" href="/payees">${payees.addTitle}</a></p>
</div>`,
  };
}

/** `POST /payments/new`: a draft, which is looked at once more. */
export function submitPayment(ledger: Ledger, visit: CustomerVisit): Answer {
  const wanted = readWanted(ledger, visit);
  if (!('amountCents' in wanted)) return tell(visit, PATH, { problems: wanted, typed: fields(visit) });
  const { id } = ledger.payments.draft(visit.customer.id, wanted, visit.nowMs);
  return { redirectTo: `/payments/${id}` };
}

/** `POST /payments/{id}/change`: nothing that was approved before holds for it any more. */
export async function submitChange(ledger: Ledger & Bank, visit: CustomerVisit): Promise<Answer> {
  const payment = pendingOf(ledger, visit);
  if (!('state' in payment)) return payment;
  const wanted = readWanted(ledger, visit);
  const path = `/payments/${payment.id}`;
  if (!('amountCents' in wanted))
    return tell(visit, `${path}/change`, { problems: wanted, typed: fields(visit) });
  ledger.payments.change(visit.customer.id, payment.id, wanted, visit.nowMs);
  await forgetAsked(ledger, visit, payment.id);
  return { redirectTo: path };
}

/** The payment that is to be changed, or where else to go: its own page says why it cannot be. */
function pendingOf(
  { payments }: Ledger,
  { customer, params, nowMs, words }: CustomerVisit,
): Pending | Answer {
  const payment = payments.find(customer.id, params.id ?? '', nowMs);
  if (payment === null) return missingPage(words.payments.notFound, '/payments');
  const canChange = isPending(payment) && payment.kind === 'payment';
  return canChange ? payment : { redirectTo: `/payments/${payment.id}` };
}

function readWanted(ledger: Ledger, visit: CustomerVisit): Wanted | readonly Problem[] {
  const sentences = visit.words.payments.problems;
  const typed = fields(visit);
  const payee = ledger.payees.find(visit.customer.id, typed.payee);
  const reference = typed.reference === '' ? null : readLine(typed.reference, MOST_REFERENCE);
  const debit = readDebit(visit, ledger.accounts);
  // In the order in which the fields stand.
  const ofDebit = 'cents' in debit ? [] : debit;
  const problems: Problem[] = ofDebit.filter(({ field }) => field === 'from');
  if (payee === null) problems.push({ text: sentences.noPayee, field: 'payee' });
  problems.push(...ofDebit.filter(({ field }) => field !== 'from'));
  if (typed.reference !== '' && reference === null) {
    problems.push({ text: sentences.reference, field: 'reference' });
  }
  if (problems.length > 0 || payee === null || !('cents' in debit)) return problems;
  return {
    ...{ accountId: debit.account.id, payeeName: payee.name, payeeIban: payee.iban },
    ...{ amountCents: debit.cents, reference },
  };
}
