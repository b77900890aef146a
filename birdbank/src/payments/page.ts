import { ibanShown, missingPage, takeNews } from '../accounts/parts.ts';
import type { CustomerVisit } from '../customer.ts';
import { type Html, html } from '../html.ts';
import { noticeBox, problemSummary } from '../pages/parts.ts';
import { timeOf } from '../times.ts';
import type { Answer } from '../visit.ts';
import type { Words } from '../words/words.ts';
import type { Ledger } from './execute.ts';
import {
  type ApprovalReason,
  approvalReason,
  DAILY_CENTS,
  digestOf,
  isPending,
  type Payment,
  type Pending,
  SMALL_CENTS,
} from './payment.ts';

/** `GET /payments/{id}`: what is to be paid or was paid, what state it is in, and what can be done about it. */
export function paymentPage(ledger: Ledger, visit: CustomerVisit): Answer {
  const { words, customer, params, nowMs } = visit;
  const payment = ledger.payments.find(customer.id, params.id ?? '', nowMs);
  if (payment === null) return missingPage(words.payments.notFound, '/payments');
  const news = takeNews(visit, `/payments/${payment.id}`);
  const sentences = words.payments;
  const title = pageTitle(payment, words);
  const isDone = payment.state === 'executed';
  return {
    title: (news?.problems.length ?? 0) > 0 ? words.frame.errorTitle(title) : title,
    main: html`<div class="card${isDone ? ' done' : ''} payment">
${isDone && TICK}
<h1>${title}</h1>
<p>${explanation(payment, words)}</p>
${problemSummary(news?.problems ?? [], visit)}
${noticeBox(news?.notice ?? null, visit)}
${paymentFacts(ledger, payment, visit, stateFacts(ledger, payment, visit))}
${isPending(payment) ? whatToDo(ledger, payment, visit) : null}
${isDone && html`<p class="soft small no-print">${sentences.print}</p>`}
</div>
<p class="aside">${afterwards(payment, words)}<a href="/payments">${sentences.toPayments}</a> · <a href="/accounts">${sentences.toAccounts}</a></p>`,
  };
}

const TICK = html`<svg class="tick" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="m14 25 7 7 13-15"/></svg>`;

function pageTitle({ kind, state }: Payment, { payments }: Words): string {
  return kind === 'transfer' && state === 'executed'
    ? payments.pageTitles.transfer
    : payments.pageTitles[state];
}

function explanation(payment: Payment, { payments }: Words): string {
  const { explained } = payments;
  if (payment.kind === 'transfer' && payment.state === 'executed') return explained.transfer;
  if (payment.state !== 'refused') return explained[payment.state];
  return payment.refusal === 'funds' ? explained.refusedFunds : explained.refusedProof;
}

/** What is paid to whom, as a list of facts; on the page that asks for approval too. */
export function paymentFacts(
  ledger: Ledger,
  payment: Payment,
  visit: CustomerVisit,
  more: Html | null,
): Html {
  const { words } = visit;
  const { facts } = words.payments;
  const from = ledger.accounts.find(payment.customerId, payment.accountId);
  const paidFrom =
    from === null
      ? null
      : html`${words.accounts.kinds[from.kind]}<span class="under">${ibanShown(from.iban)}</span>`;
  return html`<dl class="facts">
${fact(facts.amount, html`<span class="sum">${words.money(payment.amountCents)}</span>`)}
${fact(facts.payee, html`${payment.payeeName}<span class="under">${ibanShown(payment.payeeIban)}</span>`)}
${payment.kind === 'payment' && fact(facts.reference, html`${payment.reference ?? facts.noReference}`)}
${fact(facts.from, paidFrom)}
${more}
</dl>`;
}

const fact = (name: string, value: Html | null): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

/** Until when it waits, or how it ended. */
function stateFacts({ payments }: Ledger, payment: Payment, visit: CustomerVisit): Html {
  const { facts } = visit.words.payments;
  if (isPending(payment)) return fact(facts.until, timeOf(payment.expiresAtMs, visit));
  if (payment.state !== 'executed') return fact(facts.closedAt, timeOf(payment.closedAtMs, visit));
  const { approval, kind, id, customerId } = payment;
  const own = kind === 'transfer' ? facts.approvalOwn : facts.approvalNone;
  const signed = approval === null ? null : payments.evidence(customerId, id);
  const download =
    signed === null
      ? null
      : html`<a class="under no-print" href="/payments/${id}/evidence.jws">${facts.download}</a>`;
  const evidence = approval && html`<span class="id">${approval.challenge}</span>${download}`;
  return html`${fact(facts.paidAt, timeOf(payment.closedAtMs, visit))}
${evidence === null ? fact(facts.approval, html`${own}`) : fact(facts.evidence, evidence)}
${fact(facts.number, html`<span class="id">${id}</span>`)}`;
}

function whatToDo({ payments }: Ledger, payment: Pending, visit: CustomerVisit): Html {
  const { words, nowMs } = visit;
  const sentences = words.payments;
  const reason = approvalReason(payment, payments.facts(payment, nowMs));
  const path = `/payments/${payment.id}`;
  return html`<p class="notice">${reasonInWords(reason, words)}</p>
<form method="post" action="${path}/confirm">
${visit.csrfField()}
<input type="hidden" name="seen" value="${digestOf(payment)}">
<button>${reason === null ? sentences.payNow : sentences.approve}</button>
</form>
<p class="beside"><a class="button second" href="${path}/change">${sentences.change}</a></p>
<form method="post" action="${path}/cancel">
${visit.csrfField()}
<button class="quiet">${sentences.cancel}</button>
</form>`;
}

function reasonInWords(reason: ApprovalReason | null, words: Words): string {
  const { reasons } = words.payments;
  switch (reason) {
    case null:
      return reasons.none;
    case 'newPayee':
      return reasons.newPayee;
    case 'amount':
      return reasons.amount(words.money(SMALL_CENTS));
    case 'day':
      return reasons.day(words.money(DAILY_CENTS));
    default:
      return reason satisfies never;
  }
}

function afterwards({ state, kind }: Payment, { payments }: Words): Html | null {
  const isOver = state === 'refused' || state === 'expired' || state === 'cancelled';
  return isOver && kind === 'payment' ? html`<a href="/payments/new">${payments.again}</a> · ` : null;
}
