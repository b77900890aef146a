import type { CustomerVisit } from '../customer.ts';
import { type Html, html } from '../html.ts';
import { noticeBox } from '../pages/parts.ts';
import { isPending } from '../payments/payment.ts';
import type { Payments } from '../payments/store.ts';
import type { Answer, Page } from '../visit.ts';
import type { Words } from '../words/words.ts';
import type { Account } from './account.ts';
import { ibanShown, missingPage, takeNews } from './parts.ts';
import type { Accounts, BookedLine } from './store.ts';

type Deps = { readonly accounts: Accounts; readonly payments: Payments };

const LINES_A_PAGE = 20;
const MOST_LOOKED_AT = 100;

/** `GET /accounts` */
export function accountsPage({ accounts, payments }: Deps, visit: CustomerVisit): Page {
  const { words, customer, nowMs } = visit;
  const sentences = words.accounts;
  const news = takeNews(visit, '/accounts');
  const waiting = payments.list(customer.id, MOST_LOOKED_AT, nowMs).filter(isPending).length;
  return {
    title: sentences.title,
    main: html`<div class="wide">
<h1>${sentences.title}</h1>
${noticeBox(news?.notice ?? null, visit)}
${waitingNotice(waiting, words)}
<ul class="accounts">${accounts.list(customer.id).map((account) => accountCard(account, words))}</ul>
<nav class="actions" aria-label="${sentences.payments}">
<a class="button" href="/payments/new">${sentences.pay}</a>
<a class="button second" href="/transfers">${sentences.move}</a>
<a class="button second" href="/payees">${sentences.payees}</a>
<a class="button second" href="/payments">${sentences.payments}</a>
</nav>
</div>`,
  };
}

function waitingNotice(waiting: number, words: Words): Html | null {
  if (waiting === 0) return null;
  const { accounts } = words;
  return html`<p class="notice warn">${accounts.waiting(words.count(waiting))} <a href="/payments">${accounts.lookAtThem}</a></p>`;
}

function accountCard({ id, kind, iban, balanceCents, overdraftCents }: Account, words: Words): Html {
  const { kinds, overdraft, balance } = words.accounts;
  return html`<li class="card account">
<h2><a href="/accounts/${id}">${kinds[kind]}</a></h2>
<p class="soft">${ibanShown(iban)}</p>
<p class="sum"><span class="unseen">${balance} </span>${words.money(balanceCents)}</p>
${overdraftCents > 0 && html`<p class="soft small">${overdraft(words.money(overdraftCents))}</p>`}
</li>`;
}

/** `GET /accounts/{id}` and `GET /accounts/{id}/history/{page}`, the newest page being 1. */
export function accountPage({ accounts }: Deps, visit: CustomerVisit): Answer {
  const { words, customer, params } = visit;
  const account = accounts.find(customer.id, params.id ?? '');
  if (account === null) return missingPage(words.accounts.notFound, '/accounts');
  const pages = Math.max(1, Math.ceil(accounts.countBookings(account) / LINES_A_PAGE));
  const page = pageIn(params.page, pages);
  if (page === null) return missingPage(words.problems.notFound, `/accounts/${account.id}`);
  const lines = accounts.history(account, LINES_A_PAGE, (page - 1) * LINES_A_PAGE);
  const { kinds, history, noHistory, back, overdraft, balance } = words.accounts;
  return {
    title: kinds[account.kind],
    main: html`<div class="wide">
<p class="back"><a href="/accounts">${back}</a></p>
<h1>${kinds[account.kind]}</h1>
<p class="soft">${ibanShown(account.iban)}</p>
<p class="sum"><span class="unseen">${balance} </span>${words.money(account.balanceCents)}</p>
${account.overdraftCents > 0 && html`<p class="soft small">${overdraft(words.money(account.overdraftCents))}</p>`}
<section class="card" aria-labelledby="history">
<h2 id="history">${history}</h2>
${lines.length === 0 ? html`<p>${noHistory}</p>` : historyTable(lines, words)}
${pages > 1 && pageLinks(account, page, pages, words)}
</section>
</div>`,
  };
}

function pageIn(text: string | undefined, pages: number): number | null {
  if (text === undefined) return 1;
  if (!/^[1-9]\d{0,5}$/.test(text)) return null;
  return Number(text) <= pages ? Number(text) : null;
}

function historyTable(lines: readonly BookedLine[], words: Words): Html {
  const { columns, history } = words.accounts;
  return html`<table class="lines">
<caption class="unseen">${history}</caption>
<thead><tr><th scope="col">${columns.what}</th><th scope="col" class="right">${columns.amount}<span class="under">${columns.after}</span></th></tr></thead>
<tbody>${lines.map((line) => historyRow(line, words))}</tbody>
</table>`;
}

function historyRow(line: BookedLine, words: Words): Html {
  const { bookings, reference, receipt } = words.accounts;
  const { bookedAtMs, name, iban, kind, amountCents, balanceCents, paymentId } = line;
  const iso = new Date(bookedAtMs).toISOString();
  const who = name ?? (iban === null ? bookings[kind] : ibanShown(iban));
  const what = name === null && iban === null ? null : html` · ${bookings[kind]}`;
  const about = line.reference === null ? null : html` · ${reference(line.reference)}`;
  return html`<tr>
<td><strong>${who}</strong><span class="under"><time datetime="${iso}">${words.shortDate(bookedAtMs)}</time>${what}${about}${
    paymentId !== null && amountCents < 0 && html` · <a href="/payments/${paymentId}">${receipt}</a>`
  }</span></td>
<td class="right"><span class="${amountCents > 0 ? 'in' : 'out'}">${words.signedMoney(amountCents)}</span><span class="under">${words.money(balanceCents)}</span></td>
</tr>`;
}

function pageLinks({ id }: Account, page: number, pages: number, words: Words): Html {
  const { accounts } = words;
  const link = (to: number, text: string): Html =>
    html`<a class="button second" href="/accounts/${id}/history/${to}">${text}</a>`;
  return html`<nav class="pager" aria-label="${accounts.pages}">
<span>${page > 1 && link(page - 1, accounts.newer)}</span>
<span class="soft">${accounts.page(words.count(page), words.count(pages))}</span>
<span>${page < pages && link(page + 1, accounts.older)}</span>
</nav>`;
}
