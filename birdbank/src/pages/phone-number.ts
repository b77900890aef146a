import type { Bank } from '../bank.ts';
import { listCountries } from '../countries.ts';
import { type Html, html, when } from '../html.ts';
import { problemsOf } from '../problems.ts';
import { forget, pendingOf, resendFromMs, sendCode } from '../sending.ts';
import { type Flash, NEW_SESSION, type Pending, type Problem, type TypedNumber } from '../session-data.ts';
import { apiTime } from '../times.ts';
import type { Answer, Page, Visit } from '../visit.ts';
import type { Words } from '../words/words.ts';
import { fieldState, problemSummary, takeFlash, titleOf, typedIn } from './parts.ts';

const NOTHING: TypedNumber = { number: '', country: '' };

/** `GET /`: asks for the phone number. */
export function phoneNumberPage(visit: Visit): Page {
  const flash = takeFlash(visit, 'number');
  const { pending } = visit.session;
  const { number } = visit.words.tutorial;
  const typed = typedBefore(flash) ?? pending?.typed ?? NOTHING;
  const isWaiting = pending !== null && pending.expiresAtMs > visit.nowMs && pending.attemptsLeft !== 0;
  return {
    title: titleOf(number.title, flash, visit),
    step: 1,
    main: html`<div class="card">
<h1>${number.title}</h1>
<p class="soft">${number.why}</p>
${problemSummary(flash?.problems ?? [], visit)}
${form(visit, typed, flash)}
</div>
${isWaiting ? html`<p class="aside">${number.haveCode} <a href="/EnterCode/${pending.id}">${number.enterIt}</a></p>` : null}`,
  };
}

// #region form
function form(visit: Visit, typed: TypedNumber, flash: Flash | null): Html {
  const { number } = visit.words.tutorial;
  return html`<form method="post" action="/">
${visit.csrfField()}
<label for="number">${number.label}</label>
${numberHint(visit.words, flash)}
<input id="number" name="number" type="tel" autocomplete="tel" value="${typed.number}"
  aria-required="true"${fieldState('number', 'number-hint', flash)}>
<label for="country">${number.country}</label>
<p class="hint" id="country-hint">${number.countryHint}</p>
<select id="country" name="country" autocomplete="country"${fieldState('country', 'country-hint', flash)}>
<option value="">${number.noCountry}</option>
${listCountries(visit.words).map(
  ({ code, label }) =>
    html`<option value="${code}"${when(code === typed.country, html` selected`)}>${label}</option>`,
)}
</select>
<button>${number.send}</button>
</form>`;
}
// #endregion

function numberHint({ tutorial: { number } }: Words, flash: Flash | null): Html {
  const isWrong = flash?.problems.some(({ field }) => field === 'number') === true;
  return isWrong
    ? html`<p class="hint wrong" id="number-hint">${number.wrongHint}</p>`
    : html`<p class="hint" id="number-hint">${number.hint}</p>`;
}

function typedBefore(flash: Flash | null): TypedNumber | null {
  if (typeof flash?.typed !== 'object' || flash.typed === null) return null;
  return { number: typedIn(flash, 'number'), country: typedIn(flash, 'country') };
}

/** `POST /`: sends a code to the number. */
export async function submitNumber(bank: Bank, visit: Visit): Promise<Answer> {
  const typed = { number: visit.field('number'), country: visit.field('country').slice(0, 2) };
  if (typed.number === '')
    return again(visit, typed, [{ text: visit.words.tutorial.number.empty, field: 'number' }]);
  const before = sameNumber(visit.session.pending, typed);
  if (before !== null && isTooSoon(before, visit.nowMs)) return alreadySent(visit, before);
  // #region submit
  try {
    const created = await sendCode(bank, visit, visit.words.tutorial.code.message, typed);
    // The same number spelled another way keeps its codes and its wait: only another number takes the old one back.
    const { pending: old } = visit.session;
    const again = old?.recipient === created.recipient ? old : before;
    if (old !== null && again === null) await forget(bank, old);
    const pending = pendingOf(created, typed, again, visit.nowMs);
    visit.session = { ...NEW_SESSION, pending };
    return { redirectTo: `/EnterCode/${created.id}` };
  } catch (error) {
    return again(visit, typed, problemsOf(bank, visit.words, error, visit.words.tutorial.number.lost));
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
  const notice = visit.words.tutorial.number.sentAlready(from);
  visit.session = { ...visit.session, flash: { page: 'code', notice, problems: [], typed: null } };
  return { redirectTo: `/EnterCode/${pending.id}` };
}

function again(visit: Visit, typed: TypedNumber, problems: readonly Problem[]): Answer {
  visit.session = { ...visit.session, flash: { page: 'number', notice: null, problems, typed } };
  return { redirectTo: '/' };
}
