import { isOurs, readIban } from '../accounts/iban.ts';
import { ibanShown, marked, missingPage, takeNews, tell } from '../accounts/parts.ts';
import type { CustomerVisit } from '../customer.ts';
import { type Html, html } from '../html.ts';
import { noticeBox, problemSummary } from '../pages/parts.ts';
import type { Problem } from '../session-data.ts';
import type { Answer, Page } from '../visit.ts';
import type { Ledger } from './execute.ts';
import { readLine } from './lines.ts';
import { MOST_PAYEES, type Payee } from './payees.ts';
import { MOST_NAME } from './payment.ts';

const PATH = '/payees';

/** `GET /payees`: whom the customer can pay, and the form that adds somebody. */
export function payeesPage({ payees }: Ledger, visit: CustomerVisit): Page {
  const { words, customer } = visit;
  const sentences = words.payments.payees;
  const news = takeNews(visit, PATH);
  const list = payees.list(customer.id);
  const isWrong = (news?.problems.length ?? 0) > 0;
  return {
    title: isWrong ? words.frame.errorTitle(sentences.title) : sentences.title,
    main: html`<div class="wide">
<p class="back"><a href="/accounts">${words.accounts.back}</a></p>
<h1>${sentences.title}</h1>
<p class="soft">${sentences.why}</p>
${problemSummary(news?.problems ?? [], visit)}
${noticeBox(news?.notice ?? null, visit)}
${
  list.length === 0
    ? html`<p>${sentences.none}</p>`
    : html`<ul class="card rows">${list.map((payee) => payeeRow(visit, payee))}</ul>`
}
<section class="card" aria-labelledby="add">
<h2 id="add">${sentences.addTitle}</h2>
<form method="post" action="${PATH}">
${visit.csrfField()}
<label for="name">${sentences.name}</label>
<p class="hint" id="name-hint">${sentences.nameHint}</p>
<input id="name" name="name" value="${news?.typed.name ?? ''}" autocomplete="off" aria-required="true"${marked('name', 'name-hint', news)}>
<label for="iban">${sentences.iban}</label>
<p class="hint" id="iban-hint">${sentences.ibanHint}</p>
<input id="iban" name="iban" value="${news?.typed.iban ?? ''}" class="iban" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-required="true"${marked('iban', 'iban-hint', news)}>
<button>${sentences.add}</button>
</form>
</section>
</div>`,
  };
}

function payeeRow(visit: CustomerVisit, { id, name, iban, approvedAtMs }: Payee): Html {
  const { payees } = visit.words.payments;
  return html`<li>
<div><strong>${name}</strong><span class="under">${ibanShown(iban)}</span><span class="under">${approvedAtMs === null ? payees.isNew : payees.known}</span></div>
<div class="buttons"><a class="button second" href="/payments/new/${id}" aria-label="${payees.payWho(name)}">${payees.pay}</a>
<form method="post" action="/payees/${id}/remove">${visit.csrfField()}<button class="quiet" aria-label="${payees.removeWho(name)}">${payees.remove}</button></form></div>
</li>`;
}

/** `POST /payees` */
export function addPayee(ledger: Ledger, visit: CustomerVisit): Answer {
  const { customer, words } = visit;
  const { payees, problems: sentences } = words.payments;
  const typed = { name: visit.field('name'), iban: visit.field('iban') };
  const name = readLine(typed.name, MOST_NAME);
  const iban = readIban(typed.iban);
  const problems: Problem[] = [];
  if (name === null)
    problems.push({ text: typed.name === '' ? sentences.noName : sentences.name, field: 'name' });
  if (typeof iban !== 'string') problems.push({ text: sentences.iban[iban.problem], field: 'iban' });
  if (name === null || typeof iban !== 'string') return tell(visit, PATH, { problems, typed });
  const listed = ledger.payees.list(customer.id);
  const account = isOurs(iban) ? ledger.accounts.withIban(iban) : null;
  const refuse = (text: string): Answer => tell(visit, PATH, { problems: [{ text, field: 'iban' }], typed });
  if (account?.customerId === customer.id) return refuse(sentences.isOwn);
  if (isOurs(iban) && account === null) return refuse(sentences.noSuchOwn);
  if (listed.length >= MOST_PAYEES) return refuse(sentences.tooMany(words.count(MOST_PAYEES)));
  if (!ledger.payees.add(customer.id, name, iban)) return refuse(sentences.isListed);
  return tell(visit, PATH, { notice: payees.added(name) });
}

/** `POST /payees/{id}/remove` */
export function removePayee({ payees }: Ledger, visit: CustomerVisit): Answer {
  const { customer, params, words } = visit;
  const payee = payees.find(customer.id, params.id ?? '');
  if (payee === null) return missingPage(words.problems.notFound, PATH);
  payees.remove(customer.id, payee.id);
  return tell(visit, PATH, { notice: words.payments.payees.removed(payee.name) });
}
