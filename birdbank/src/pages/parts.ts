import { type Html, html } from '../html.ts';
import type { Flash, Problem } from '../session-data.ts';
import { withTimes } from '../times.ts';
import type { Visit } from '../visit.ts';

// #region summary
/** Everything that went wrong, above the form. It gets the focus, so that it is read first. */
export function problemSummary(problems: readonly Problem[], nowMs: number): Html | null {
  if (problems.length === 0) return null;
  return html`<div class="problem" id="problem" role="alert" tabindex="-1" autofocus>
<h2>That did not work</h2>
<ul>${problems.map(({ text }) => html`<li>${withTimes(text, nowMs)}</li>`)}</ul>
</div>`;
}
// #endregion

export function noticeBox(notice: string | null, nowMs: number): Html | null {
  return notice === null ? null : html`<p class="notice" role="status">${withTimes(notice, nowMs)}</p>`;
}

/** Marks a field that a problem is about, and names what describes it. */
export function fieldState(field: Problem['field'], hintId: string, flash: Flash | null): Html {
  const isWrong = flash?.problems.some((problem) => problem.field === field) === true;
  return isWrong
    ? html` aria-invalid="true" aria-describedby="problem ${hintId}"`
    : html` aria-describedby="${hintId}"`;
}

/** What a page has to say once: gone at the next look. */
export function takeFlash(visit: Visit, page: Flash['page']): Flash | null {
  const { flash } = visit.session;
  if (flash?.page !== page) return null;
  visit.session = { ...visit.session, flash: null };
  return flash;
}

export const titleOf = (title: string, flash: Flash | null): string =>
  flash !== null && flash.problems.length > 0 ? `Error: ${title}` : title;
