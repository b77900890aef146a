import { html } from '../html.ts';
import { maskNumber } from '../masked-number.ts';
import { timeOf } from '../times.ts';
import type { Answer, Visit } from '../visit.ts';

// #region success
/** `GET /success`, for sessions that have proved it. */
export function successPage(visit: Visit): Answer {
  const { verified } = visit.session;
  if (verified === null) {
    const problems = [{ text: 'No phone number is verified in this browser yet.', field: null }];
    visit.session = { ...visit.session, flash: { page: 'number', notice: null, problems, typed: null } };
    return { redirectTo: '/' };
  }
  const { shown, spoken } = maskNumber(verified.recipient);
  return {
    title: 'Your phone number is verified',
    step: 3,
    main: html`<div class="card done">
<svg class="tick" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="m14 25 7 7 13-15"/></svg>
<h1>You have successfully verified your phone number.</h1>
<p class="soft"><strong><span aria-hidden="true" class="number">${shown}</span><span class="unseen">${spoken}</span></strong>
is yours since ${timeOf(verified.atMs, visit.nowMs)}.</p>
</div>
<p class="aside"><a href="/">Verify another number</a></p>`,
  };
}
// #endregion
