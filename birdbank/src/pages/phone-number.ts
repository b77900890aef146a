import type { Bank } from '../bank.ts';
import { listCountries } from '../countries.ts';
import { type Html, html, when } from '../html.ts';
import { problemsOf } from '../problems.ts';
import { forget, pendingOf, resendFromMs, sendCode } from '../sending.ts';
import type { Flash, Pending, Problem, TypedNumber } from '../session-data.ts';
import { apiTime } from '../times.ts';
import type { Answer, Page, Visit } from '../visit.ts';
import { fieldState, problemSummary, takeFlash, titleOf } from './parts.ts';

const COUNTRIES = listCountries();
const NOTHING: TypedNumber = { number: '', country: '' };
const LOST = 'What you typed is still here: try again in a minute.';

/** `GET /`: asks for the phone number. */
export function phoneNumberPage(visit: Visit): Page {
  const flash = takeFlash(visit, 'number');
  const { pending } = visit.session;
  const typed = typedBefore(flash) ?? pending?.typed ?? NOTHING;
  const isWaiting = pending !== null && pending.expiresAtMs > visit.nowMs && pending.attemptsLeft !== 0;
  return {
    title: titleOf('Verify your phone number', flash),
    step: 1,
    main: html`<div class="card">
<h1>Verify your phone number</h1>
<p class="soft">We send you a code to make sure that it is yours.</p>
${problemSummary(flash?.problems ?? [], visit.nowMs)}
${form(visit, typed, flash)}
</div>
${isWaiting ? html`<p class="aside">Do you have a code? <a href="/EnterCode/${pending.id}">Enter it</a></p>` : null}`,
  };
}

// #region form
function form(visit: Visit, typed: TypedNumber, flash: Flash | null): Html {
  return html`<form method="post" action="/">
${visit.csrfField()}
<label for="number">Phone number</label>
${numberHint(flash)}
<input id="number" name="number" type="tel" autocomplete="tel" value="${typed.number}"
  aria-required="true"${fieldState('number', 'number-hint', flash)}>
<label for="country">Country</label>
<p class="hint" id="country-hint">Only needed when the number does not begin with +.</p>
<select id="country" name="country" autocomplete="country"${fieldState('country', 'country-hint', flash)}>
<option value="">It begins with +</option>
${COUNTRIES.map(
  ({ code, label }) =>
    html`<option value="${code}"${when(code === typed.country, html` selected`)}>${label}</option>`,
)}
</select>
<button>Send code</button>
</form>`;
}
// #endregion

function numberHint(flash: Flash | null): Html {
  const isWrong = flash?.problems.some(({ field }) => field === 'number') === true;
  return isWrong
    ? html`<p class="hint wrong" id="number-hint">Write it with + and its country code, like +31 6 12345678, or choose its country below.</p>`
    : html`<p class="hint" id="number-hint">For example +31 6 12345678. Spaces do not matter.</p>`;
}

function typedBefore(flash: Flash | null): TypedNumber | null {
  return typeof flash?.typed === 'object' ? flash.typed : null;
}

/** `POST /`: sends a code to the number. */
export async function submitNumber(bank: Bank, visit: Visit): Promise<Answer> {
  const typed = { number: visit.field('number'), country: visit.field('country').slice(0, 2) };
  if (typed.number === '')
    return again(visit, typed, [{ text: 'Enter your phone number.', field: 'number' }]);
  const before = sameNumber(visit.session.pending, typed);
  if (before !== null && isTooSoon(before, visit.nowMs)) return alreadySent(visit, before);
  // #region submit
  try {
    const created = await sendCode(bank, typed);
    // The same number spelled another way keeps its codes and its wait: only another number takes the old one back.
    const { pending: old } = visit.session;
    const again = old?.recipient === created.recipient ? old : before;
    if (old !== null && again === null) await forget(bank, old);
    const pending = pendingOf(created, typed, again, visit.nowMs);
    visit.session = { pending, verified: null, flash: null };
    return { redirectTo: `/EnterCode/${created.id}` };
  } catch (error) {
    return again(visit, typed, problemsOf(bank, error, LOST));
  }
  // #endregion
}

const sameNumber = (pending: Pending | null, typed: TypedNumber): Pending | null =>
  pending?.typed.number === typed.number && pending.typed.country === typed.country ? pending : null;

const isTooSoon = (before: Pending, nowMs: number): boolean =>
  nowMs < resendFromMs(before) && before.attemptsLeft !== 0;

/** A button that was pressed twice, or a form that was sent again. */
function alreadySent(visit: Visit, pending: Pending): Answer {
  const from = apiTime(resendFromMs(pending));
  const notice = `We have sent a code to this number already. You can ask for another from ${from}.`;
  visit.session = { ...visit.session, flash: { page: 'code', notice, problems: [], typed: null } };
  return { redirectTo: `/EnterCode/${pending.id}` };
}

function again(visit: Visit, typed: TypedNumber, problems: readonly Problem[]): Answer {
  visit.session = { ...visit.session, flash: { page: 'number', notice: null, problems, typed } };
  return { redirectTo: '/' };
}
