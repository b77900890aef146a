import type { FactorKind } from '@roost/client';
import type { AuthBank } from '../auth.ts';
import { checkTypedCode } from '../checking.ts';
import { openChallenge } from '../confirm/asking.ts';
import { html, when } from '../html.ts';
import { maskNumber } from '../masked-number.ts';
import {
  fieldState,
  leaveFlash,
  noticeBox,
  problemSummary,
  takeFlash,
  titleOf,
  typedIn,
} from '../pages/parts.ts';
import { simplePage } from '../pages/problem.ts';
import { problemsOf } from '../problems.ts';
import { forget, pendingOf, resendFromMs, sendCode } from '../sending.ts';
import type { Pending, Problem } from '../session-data.ts';
import { readName } from '../sign-in/name.ts';
import { apiTime } from '../times.ts';
import type { Answer, Visit } from '../visit.ts';

export const FORGOT = '/forgot';
const CODE = '/forgot/code';
export const FORGOT_CONFIRM = '/forgot/confirm';
/** As Roost is told it. */
const PURPOSE = 'reset-password';
/** What proves more than that somebody holds the phone, which they have shown before. */
const NOT_THE_PHONE: readonly FactorKind[] = ['totp', 'hotp', 'ocra', 'yubikey', 'recovery'];

/** `GET /forgot`: asks for the phone number. */
export function forgotPage(visit: Visit): Answer {
  const { reset } = visit.words.signIn;
  const flash = takeFlash(visit, FORGOT);
  return {
    title: titleOf(reset.title, flash, visit),
    main: html`<div class="card">
<h1>${reset.title}</h1>
<p class="soft">${reset.why}</p>
${problemSummary(flash?.problems ?? [], visit)}
<form method="post" action="${FORGOT}">
${visit.csrfField()}
<label for="number">${reset.number}</label>
<p class="hint" id="number-hint">${reset.numberHint}</p>
<input id="number" name="number" type="tel" autocomplete="tel" value="${typedIn(flash, 'number')}"
  aria-required="true"${fieldState('number', 'number-hint', flash)}>
<button>${reset.send}</button>
</form>
</div>
<p class="aside"><a href="/sign-in">${reset.back}</a></p>`,
  };
}

/** `POST /forgot`: sends a code, whether or not the number is a customer's; nobody learns which. */
export async function submitForgot(bank: AuthBank, visit: Visit): Promise<Answer> {
  const { reset: words } = visit.words.signIn;
  const number = visit.field('number');
  const again = (problems: readonly Problem[]): Answer => {
    leaveFlash(visit, FORGOT, { problems, typed: { number } });
    return { redirectTo: FORGOT };
  };
  if (number === '') return again([{ text: words.emptyNumber, field: 'number' }]);
  const { reset } = visit.session;
  const before = reset?.stage === 'phone' ? reset.pending : null;
  if (before?.typed.number === number && visit.nowMs < resendFromMs(before)) return { redirectTo: CODE };
  try {
    const created = await sendCode(bank, visit, words.message, { number: readName(number), country: '' });
    const isSame = before?.recipient === created.recipient;
    if (before !== null) await forget(bank, before);
    const pending = pendingOf(created, { number, country: '' }, isSame ? before : null, visit.nowMs);
    visit.session = { ...visit.session, reset: { stage: 'phone', pending } };
    return { redirectTo: CODE };
  } catch (error) {
    return again(problemsOf(bank, visit.words, error, visit.words.tutorial.number.lost));
  }
}

function pendingIn({ session }: Visit): Pending | null {
  return session.reset?.stage === 'phone' ? session.reset.pending : null;
}

/** `GET /forgot/code` */
export function forgotCodePage(visit: Visit): Answer {
  const pending = pendingIn(visit);
  if (pending === null) return { redirectTo: FORGOT };
  const { signIn, tutorial } = visit.words;
  const flash = takeFlash(visit, CODE);
  const { shown, spoken } = maskNumber(pending.recipient, visit.words);
  const number = html`<strong><span aria-hidden="true" class="number">${shown}</span><span class="unseen">${spoken}</span></strong>`;
  const fromMs = resendFromMs(pending);
  return {
    title: titleOf(signIn.reset.codeTitle, flash, visit),
    main: html`<div class="card">
<h1>${signIn.reset.codeTitle}</h1>
<p class="soft">${tutorial.code.sentTo(number)}</p>
${problemSummary(flash?.problems ?? [], visit)}
${noticeBox(flash?.notice ?? null, visit)}
<form method="post" action="${CODE}">
${visit.csrfField()}
<label for="token">${tutorial.code.label}</label>
<p class="hint" id="token-hint">${tutorial.code.hint}</p>
<input class="code" id="token" name="token" inputmode="numeric" autocomplete="one-time-code" aria-required="true"
  spellcheck="false"${fieldState('token', 'token-hint', flash)}>
<button>${tutorial.code.check}</button>
</form>
<form method="post" action="${CODE}/send">
${visit.csrfField()}
<button class="quiet"${when(fromMs > visit.nowMs, html` data-from="${new Date(fromMs).toISOString()}"`)}>${tutorial.code.resend}<span class="from"></span></button>
</form>
</div>
<p class="aside">${signIn.reset.another} <a href="${FORGOT}">${signIn.reset.change}</a></p>`,
  };
}

/** `POST /forgot/code/send` */
export async function resendForgotCode(bank: AuthBank, visit: Visit): Promise<Answer> {
  const pending = pendingIn(visit);
  if (pending === null) return { redirectTo: FORGOT };
  const { tutorial, signIn } = visit.words;
  const fromMs = resendFromMs(pending);
  if (visit.nowMs < fromMs) {
    leaveFlash(visit, CODE, { problems: [{ text: tutorial.code.tooSoon(apiTime(fromMs)), field: null }] });
    return { redirectTo: CODE };
  }
  try {
    const to = { number: pending.recipient, country: '' };
    const created = await sendCode(bank, visit, signIn.reset.message, to);
    await forget(bank, pending);
    const next = pendingOf(created, pending.typed, pending, visit.nowMs);
    visit.session = { ...visit.session, reset: { stage: 'phone', pending: next } };
    leaveFlash(visit, CODE, { notice: tutorial.code.sentAgain });
  } catch (error) {
    leaveFlash(visit, CODE, { problems: problemsOf(bank, visit.words, error, tutorial.code.notSent) });
  }
  return { redirectTo: CODE };
}

/** `POST /forgot/code`: the phone is shown. That is half of it. */
export async function submitForgotCode(bank: AuthBank, visit: Visit): Promise<Answer> {
  const pending = pendingIn(visit);
  if (pending === null) return { redirectTo: FORGOT };
  const { reset: words } = visit.words.signIn;
  const checked = await checkTypedCode(bank, visit.words, pending, visit.field('token').slice(0, 64));
  if (checked.kind === 'not verified') {
    visit.session = { ...visit.session, reset: { stage: 'phone', pending: checked.pending } };
    leaveFlash(visit, CODE, { problems: checked.problems });
    return { redirectTo: CODE };
  }
  visit.renewId();
  visit.session = { ...visit.session, reset: null };
  const customer = bank.customers.findByPhone(pending.recipient);
  if (customer === null) return simplePage(200, words.unknown, '/');
  const opened = await openChallenge(bank, visit, {
    ...{ customerId: customer.id, purpose: PURPOSE, reference: '', transaction: null },
    ...{ kinds: NOT_THE_PHONE, exceptFactor: null },
  });
  if (opened.kind === 'nothing') return simplePage(200, words.nothingElse, '/sign-in');
  if (opened.kind === 'failed') {
    leaveFlash(visit, FORGOT, { problems: opened.problems });
    return { redirectTo: FORGOT };
  }
  const about = { customerId: customer.id, startedAtMs: visit.nowMs, asked: opened.asked };
  visit.session = { ...visit.session, reset: { stage: 'factor', ...about } };
  return { redirectTo: FORGOT_CONFIRM };
}
