import { type Html, html } from '../html.ts';
import type { Flash, Problem } from '../session-data.ts';
import { type Reading, withTimes } from '../times.ts';

// #region summary
/** Everything that went wrong, above the form. It gets the focus, so that it is read first. */
export function problemSummary(problems: readonly Problem[], reading: Reading): Html | null {
  if (problems.length === 0) return null;
  return html`<div class="problem" id="problem" role="alert" tabindex="-1" autofocus>
<h2>${reading.words.frame.wentWrong}</h2>
<ul>${problems.map(({ text }) => html`<li>${withTimes(text, reading)}</li>`)}</ul>
</div>`;
}
// #endregion

export function noticeBox(notice: string | null, reading: Reading): Html | null {
  return notice === null ? null : html`<p class="notice" role="status">${withTimes(notice, reading)}</p>`;
}

/** Marks a field that a problem is about, and names what describes it. */
export function fieldState(field: Problem['field'], hintId: string | null, flash: Flash | null): Html {
  const isWrong = flash?.problems.some((problem) => problem.field === field) === true;
  if (!isWrong) return hintId === null ? html`` : html` aria-describedby="${hintId}"`;
  return html` aria-invalid="true" aria-describedby="problem${hintId === null ? '' : ` ${hintId}`}"`;
}

/** What a page has to say once: gone at the next look. */
export function takeFlash<S extends { readonly flash: Flash | null }>(
  visit: { session: S },
  page: Flash['page'],
): Flash | null {
  const { flash } = visit.session;
  if (flash?.page !== page) return null;
  visit.session = { ...visit.session, flash: null };
  return flash;
}

/** Leaves something for the page to say that is looked at next. */
export function leaveFlash<S extends { readonly flash: Flash | null }>(
  visit: { session: S },
  page: Flash['page'],
  { notice = null, problems = [], typed = null }: Partial<Omit<Flash, 'page'>>,
): void {
  visit.session = { ...visit.session, flash: { page, notice, problems, typed } };
}

/** What was typed into a field the last time, to be shown again. */
export const typedIn = (flash: Flash | null, field: string): string =>
  typeof flash?.typed === 'object' && flash.typed !== null ? (flash.typed[field] ?? '') : '';

export const titleOf = (title: string, flash: Flash | null, { words }: Reading): string =>
  flash !== null && flash.problems.length > 0 ? words.frame.errorTitle(title) : title;
