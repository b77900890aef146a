import type { CustomerVisit } from '../customer.ts';
import { type Html, html, when } from '../html.ts';
import type { Flash, Problem } from '../session-data.ts';
import type { Answer, Page } from '../visit.ts';
import type { Words } from '../words/words.ts';
import { type Account, spendableCents } from './account.ts';
import { type AmountProblem, readAmount } from './amount.ts';
import { formatIban } from './iban.ts';
import type { Accounts } from './store.ts';

/** What a page has to say once, with what was typed, by field. */
export type News = Omit<Flash, 'typed'> & { readonly typed: { readonly [field: string]: string } };

/** What the page at this path has to say once: gone at the next look. */
export function takeNews(visit: CustomerVisit, path: string): News | null {
  const { flash } = visit.session;
  if (flash?.page !== path) return null;
  visit.session = { ...visit.session, flash: null };
  return { ...flash, typed: typeof flash.typed === 'object' && flash.typed !== null ? flash.typed : {} };
}

/** Leads to a page that says this, once. */
export function tell(
  visit: CustomerVisit,
  path: string,
  news: { notice?: string; problems?: readonly Problem[]; typed?: News['typed'] },
): Answer {
  const { notice = null, problems = [], typed = {} } = news;
  visit.session = { ...visit.session, flash: { page: path, notice, problems, typed } };
  return { redirectTo: path };
}

/** Of a field: marks it when a problem is about it, and names what describes it. */
export function marked(field: string, hintId: string | null, news: News | null): Html | null {
  const isWrong = news?.problems.some((problem) => problem.field === field) === true;
  const ids = [isWrong ? 'problem' : null, hintId].filter((id) => id !== null).join(' ');
  const described = ids === '' ? null : html` aria-describedby="${ids}"`;
  return isWrong ? html` aria-invalid="true"${described}` : described;
}

/** A page about something that is not this customer's, or is not at all: there is no telling which. */
export const missingPage = ({ title, text, link }: Missing, href: string): Page => ({
  title,
  status: 404,
  main: html`<div class="card">
<h1>${title}</h1>
<p>${text}</p>
<p><a class="button" href="${href}">${link}</a></p>
</div>`,
});
type Missing = { readonly title: string; readonly text: string; readonly link: string };

export const ibanShown = (iban: string): Html => html`<span class="iban">${formatIban(iban)}</span>`;

export function accountOptions(list: readonly Account[], chosen: string, words: Words): readonly Html[] {
  const { kinds, transfer } = words.accounts;
  return list.map(
    ({ id, kind, balanceCents }) =>
      html`<option value="${id}"${when(id === chosen, html` selected`)}>${transfer.choice(kinds[kind], words.money(balanceCents))}</option>`,
  );
}

export function amountField(typed: string, words: Words, news: News | null): Html {
  const { amount } = words.accounts;
  return html`<label for="amount">${amount.label}</label>
<p class="hint" id="amount-hint">${amount.hint}</p>
<input id="amount" name="amount" value="${typed}" inputmode="decimal" autocomplete="off" aria-required="true"${marked('amount', 'amount-hint', news)}>`;
}

/** What a form wants paid from which account, or what is wrong with that. */
export function readDebit(visit: CustomerVisit, accounts: Accounts): Debit | readonly Problem[] {
  const { words } = visit;
  const sentences = words.accounts.amount;
  const account = accounts.find(visit.customer.id, visit.field('from'));
  const cents = readAmount(visit.field('amount'), words.groupedBy);
  const problems: Problem[] = [];
  if (account === null) problems.push({ text: sentences.noAccount, field: 'from' });
  if (typeof cents !== 'number')
    problems.push({ text: sentences[cents.problem satisfies AmountProblem], field: 'amount' });
  if (account === null || typeof cents !== 'number') return problems;
  const most = spendableCents(account);
  if (cents > most) return [{ text: sentences.funds(words.money(most)), field: 'amount' }];
  return { account, cents };
}
export type Debit = { readonly account: Account; readonly cents: number };
