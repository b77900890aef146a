import { takeNews } from '../accounts/parts.ts';
import type { CustomerVisit } from '../customer.ts';
import { type Html, html } from '../html.ts';
import { noticeBox } from '../pages/parts.ts';
import type { Page } from '../visit.ts';
import type { Words } from '../words/words.ts';
import type { Ledger } from './execute.ts';
import { isPending, type Payment } from './payment.ts';

const MOST_SHOWN = 100;

/** `GET /payments`: what waits for its customer, and what became of the others. */
export function paymentsPage({ payments }: Ledger, visit: CustomerVisit): Page {
  const { words, customer, nowMs } = visit;
  const sentences = words.payments;
  const news = takeNews(visit, '/payments');
  const list = payments.list(customer.id, MOST_SHOWN, nowMs);
  const waiting = list.filter(isPending);
  const earlier = list.filter((payment) => !isPending(payment));
  return {
    title: sentences.title,
    main: html`<div class="wide">
<p class="back"><a href="/accounts">${words.accounts.back}</a></p>
<h1>${sentences.title}</h1>
${noticeBox(news?.notice ?? null, visit)}
${
  list.length === 0
    ? html`<p>${sentences.none}</p><p><a class="button narrow" href="/payments/new">${sentences.payFirst}</a></p>`
    : html`<p><a class="button narrow" href="/payments/new">${words.accounts.pay}</a></p>`
}
${section('waiting', sentences.waitingTitle, waiting, words)}
${section('earlier', sentences.earlierTitle, earlier, words)}
</div>`,
  };
}

function section(id: string, title: string, list: readonly Payment[], words: Words): Html | null {
  if (list.length === 0) return null;
  return html`<section class="card" aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<ul class="rows">${list.map((payment) => row(payment, words))}</ul>
</section>`;
}

function row({ id, payeeName, amountCents, createdAtMs, state }: Payment, words: Words): Html {
  const { payments } = words;
  const iso = new Date(createdAtMs).toISOString();
  return html`<li><div><a href="/payments/${id}"><strong>${payments.to(payeeName)}</strong></a>
<span class="under"><time datetime="${iso}">${words.shortDate(createdAtMs)}</time> · ${payments.states[state]}</span></div>
<span class="amount">${words.money(amountCents)}</span></li>`;
}
