import type { Bank } from '../bank.ts';
import { checkTypedCode } from '../checking.ts';
import { type Html, html, when } from '../html.ts';
import { maskNumber } from '../masked-number.ts';
import { problemsOf } from '../problems.ts';
import { forget, pendingOf, resendFromMs, sendCode } from '../sending.ts';
import { type Flash, NEW_SESSION, type Pending, type Problem } from '../session-data.ts';
import { apiTime, timeOf } from '../times.ts';
import type { Answer, Page, Redirect, Visit } from '../visit.ts';
import { fieldState, noticeBox, problemSummary, takeFlash, titleOf } from './parts.ts';
import { notYours } from './problem.ts';

/** `GET /EnterCode/{id}`: asks for the code. */
export function enterCodePage(visit: Visit): Answer {
  const pending = ownVerification(visit);
  if ('redirectTo' in pending || 'main' in pending) return pending;
  const flash = takeFlash(visit, 'code');
  const typed = typeof flash?.typed === 'string' ? flash.typed : '';
  const { code } = visit.words.tutorial;
  return {
    title: titleOf(code.title, flash, visit),
    step: 2,
    main: html`<div class="card">
<h1>${code.title}</h1>
${sentTo(pending, visit)}
${problemSummary(flash?.problems ?? [], visit)}
${noticeBox(flash?.notice ?? null, visit)}
${flash?.problems.length ? null : stateOf(pending, visit)}
${codeForm(visit, pending, typed, flash)}
${resendForm(visit, pending)}
</div>
<p class="aside">${code.wrongNumber} <a href="/">${code.changeIt}</a></p>`,
  };
}

// #region own
/**
 * The verification that this page is about, if this very session started it. What the address says proves nothing:
 * whoever has it from elsewhere gets the same answer as for one that does not exist.
 */
function ownVerification({ session, params, words }: Visit): Pending | Page | Redirect {
  const { pending, verified } = session;
  if (pending !== null && pending.id === params.id) return pending;
  if (pending?.earlierIds.includes(params.id ?? '')) return { redirectTo: `/EnterCode/${pending.id}` };
  if (verified !== null && verified.id === params.id) return { redirectTo: '/success' };
  return notYours(words);
}
// #endregion

function sentTo({ recipient, expiresAtMs, earlierIds, attemptsLeft }: Pending, visit: Visit): Html {
  const { code } = visit.words.tutorial;
  const { shown, spoken } = maskNumber(recipient, visit.words);
  const number = html`<strong><span aria-hidden="true" class="number">${shown}</span><span class="unseen">${spoken}</span></strong>`;
  const time = timeOf(expiresAtMs, visit);
  const isNewest = earlierIds.length === 0 ? null : html` ${code.newestOnly}`;
  const until = new Date(expiresAtMs).toISOString();
  const works = expiresAtMs > visit.nowMs ? code.workUntil(time) : code.workedUntil(time);
  const life =
    attemptsLeft === 0 ? code.usedUp : html`<span data-expiry="${until}">${works}</span>.${isNewest}`;
  return html`<p class="soft">${code.sentTo(number)}
${life}</p>
<p class="notice warn" role="status" data-expired hidden>${code.expired}</p>`;
}

/** What a visitor should know who comes back to this page, in words. */
function stateOf({ attemptsLeft, expiresAtMs }: Pending, { words, nowMs }: Visit): Html | null {
  const { code } = words.tutorial;
  if (attemptsLeft === 0) return html`<p class="notice warn">${code.noAttempts}</p>`;
  if (expiresAtMs <= nowMs) return html`<p class="notice warn">${code.expired}</p>`;
  return null;
}

// #region form
function codeForm(visit: Visit, pending: Pending, typed: string, flash: Flash | null): Html {
  const { code } = visit.words.tutorial;
  const isFirst = flash === null || flash.problems.length === 0;
  return html`<form method="post" action="/EnterCode/${pending.id}">
${visit.csrfField()}
<label for="token">${code.label}</label>
<p class="hint" id="token-hint">${code.hint}</p>
<input class="code" id="token" name="token" value="${typed}" inputmode="numeric" autocomplete="one-time-code"
  aria-required="true" spellcheck="false"${fieldState('token', 'token-hint', flash)}${when(isFirst, html` autofocus`)}>
<button${when(isOver(pending, visit.nowMs), html` class="second"`)}>${code.check}</button>
</form>`;
}
// #endregion

function resendForm(visit: Visit, pending: Pending): Html {
  const fromMs = resendFromMs(pending);
  const { code } = visit.words.tutorial;
  const isWaiting = fromMs > visit.nowMs;
  const from = new Date(fromMs).toISOString();
  return html`<form method="post" action="/EnterCode/${pending.id}/resend">
${visit.csrfField()}
<button${when(!isOver(pending, visit.nowMs), html` class="quiet"`)}${when(isWaiting, html` data-from="${from}"`)}>${code.resend}${
    isWaiting && html`<span class="from"> ${code.resendFrom(timeOf(fromMs, visit))}</span>`
  }</button>
</form>`;
}

/** Whether no code of this verification can be right any more. Then a new one is what the page is about. */
const isOver = ({ attemptsLeft, expiresAtMs }: Pending, nowMs: number): boolean =>
  attemptsLeft === 0 || expiresAtMs <= nowMs;

/** `POST /EnterCode/{id}`: checks the code. */
export async function checkCode(bank: Bank, visit: Visit): Promise<Answer> {
  const own = ownVerification(visit);
  if ('main' in own) return own;
  if ('redirectTo' in own) return replaced(visit, own);
  const typed = visit.field('token').slice(0, 64);
  // #region verified
  const checked = await checkTypedCode(bank, visit.words, own, typed);
  if (checked.kind === 'verified') {
    visit.renewId();
    const { id, recipient } = own;
    visit.session = { ...NEW_SESSION, verified: { id, recipient, atMs: visit.nowMs } };
    return { redirectTo: '/success' };
  }
  // #endregion
  return again(visit, checked.pending, checked.problems, typed);
}

/** A form that was open while a newer code was sent. Its code is not judged: it would count as a wrong guess. */
function replaced(visit: Visit, answer: Answer): Answer {
  if (visit.session.pending === null) return answer;
  const text = visit.words.tutorial.code.replaced;
  return again(visit, visit.session.pending, [{ text, field: 'token' }], null);
}

/** `POST /EnterCode/{id}/resend`: sends a new code, which replaces the one before. */
export async function resendCode(bank: Bank, visit: Visit): Promise<Answer> {
  const own = ownVerification(visit);
  if ('main' in own || 'redirectTo' in own) return own;
  const fromMs = resendFromMs(own);
  const { code } = visit.words.tutorial;
  if (visit.nowMs < fromMs) {
    const text = code.tooSoon(apiTime(fromMs));
    return again(visit, own, [{ text, field: null }], null);
  }
  try {
    const created = await sendCode(bank, visit, visit.words.tutorial.code.message, {
      ...{ number: own.recipient, country: '' },
    });
    await forget(bank, own);
    const pending = pendingOf(created, own.typed, own, visit.nowMs);
    const notice = code.sentAgain;
    visit.session = { ...visit.session, pending, flash: { page: 'code', notice, problems: [], typed: null } };
    return { redirectTo: `/EnterCode/${pending.id}` };
  } catch (error) {
    return again(visit, own, problemsOf(bank, visit.words, error, code.notSent), null);
  }
}

function again(visit: Visit, pending: Pending, problems: readonly Problem[], typed: string | null): Answer {
  const flash: Flash = { page: 'code', notice: null, problems, typed };
  visit.session = { ...visit.session, pending, flash };
  return { redirectTo: `/EnterCode/${pending.id}` };
}
