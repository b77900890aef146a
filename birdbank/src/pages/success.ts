import { html } from '../html.ts';
import { maskNumber } from '../masked-number.ts';
import { timeOf } from '../times.ts';
import type { Answer, Visit } from '../visit.ts';

// #region success
/** `GET /success`, for sessions that have proved it. */
export function successPage(visit: Visit): Answer {
  const { verified } = visit.session;
  const { words } = visit;
  const { success } = words.tutorial;
  if (verified === null) {
    const problems = [{ text: words.tutorial.number.noneVerified, field: null }];
    visit.session = { ...visit.session, flash: { page: 'number', notice: null, problems, typed: null } };
    return { redirectTo: '/' };
  }
  const { shown, spoken } = maskNumber(verified.recipient, words);
  const number = html`<strong><span aria-hidden="true" class="number">${shown}</span><span class="unseen">${spoken}</span></strong>`;
  return {
    title: success.title,
    step: 3,
    main: html`<div class="card done">
<svg class="tick" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="m14 25 7 7 13-15"/></svg>
<h1>${success.done}</h1>
<p class="soft">${success.since(number, timeOf(verified.atMs, visit))}</p>
<p><a class="button" href="/sign-up">${words.signUp.continue}</a></p>
</div>
<p class="aside"><a href="/">${success.another}</a></p>`,
  };
}
// #endregion
