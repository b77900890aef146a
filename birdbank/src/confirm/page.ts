import { type Html, html, when } from '../html.ts';
import { fieldState, noticeBox, problemSummary } from '../pages/parts.ts';
import type { Flash } from '../session-data.ts';
import { timeOf } from '../times.ts';
import type { BaseVisit, Page } from '../visit.ts';
import type { Asked, AskedFactor } from './asked.ts';
import { chosenOf, isSent, sendFromMs } from './asking.ts';
import { factorName, recipientOf } from './labels.ts';
import { passkeyButton } from './passkey-button.ts';

export type ConfirmView = {
  readonly asked: Asked;
  /** Address of this page; its forms go there and below. */
  readonly path: string;
  readonly title: string;
  readonly details: Html | null;
  readonly backTo: string;
  readonly flash: Flash | null;
  /** More for the form with the code, such as a box to tick. */
  readonly more: Html | null;
};

/** Asks for one factor, and offers the others. Whoever they are to us by now, customers see the same page. */
export function confirmPage(visit: BaseVisit, view: ConfirmView): Page {
  const { asked, title, details, backTo, flash } = view;
  const { confirm, frame } = visit.words;
  const factor = chosenOf(asked);
  const hasProblems = flash !== null && flash.problems.length > 0;
  return {
    title: hasProblems ? frame.errorTitle(title) : title,
    main: html`<div class="card">
<h1>${title}</h1>
${details}
${problemSummary(flash?.problems ?? [], visit)}
${noticeBox(flash?.notice ?? null, visit)}
${factor === undefined ? null : [prompt(visit, asked, factor), codeForm(visit, view, factor), resendForm(visit, view, factor)]}
${others(visit, view)}
</div>
<p class="aside"><a href="${backTo}">${confirm.cancel}</a></p>`,
  };
}

function prompt({ words }: BaseVisit, asked: Asked, factor: AskedFactor): Html {
  const { confirm } = words;
  const where = recipientOf(factor, words);
  if (where !== null) {
    const strong = html`<strong>${where}</strong>`;
    const wasSent = asked.sent?.factorId === factor.id;
    return html`<p class="soft">${wasSent ? confirm.sentTo(strong) : confirm.notSentYet(strong)}</p>`;
  }
  const named = factor.name === null ? null : html`<strong class="factor-name">${factor.name}</strong>`;
  if (factor.kind === 'ocra') {
    return html`<div>${named}<p class="soft">${confirm.question}</p><p class="question"><output>${asked.question ?? ''}</output></p></div>`;
  }
  return html`<div>${named}<p class="soft">${confirm.prompts[factor.kind]}</p></div>`;
}

/** A passkey is used by a script, which puts its answer into the form and sends it. */
function passkeyForm(visit: BaseVisit, { asked, path, more }: ConfirmView, factor: AskedFactor): Html {
  const { confirm } = visit.words;
  return html`<form method="post" action="${path}" data-passkey="${JSON.stringify(asked.publicKey)}">
${visit.csrfField()}
<input type="hidden" name="factor" value="${factor.id}">
<input type="hidden" name="credential" value="">
${more}
${passkeyButton(visit.words, confirm.usePasskey)}
</form>`;
}

function codeForm(visit: BaseVisit, view: ConfirmView, factor: AskedFactor): Html | null {
  const { asked, path, flash, more } = view;
  const { confirm } = visit.words;
  if (factor.kind === 'webauthn') return passkeyForm(visit, view, factor);
  if (isSent(factor) && asked.sent?.factorId !== factor.id) return null;
  const isFirst = flash === null || flash.problems.length === 0;
  const isDigits = factor.kind !== 'recovery' && factor.kind !== 'yubikey';
  return html`<form method="post" action="${path}">
${visit.csrfField()}
<input type="hidden" name="factor" value="${factor.id}">
<label for="code">${confirm.labels[factor.kind]}</label>
<p class="hint" id="code-hint">${factor.kind === 'recovery' ? confirm.recoveryHint : confirm.hint}</p>
<input class="${isDigits ? 'code' : 'code long'}" id="code" name="code" autocomplete="${isDigits ? 'one-time-code' : 'off'}"
  ${when(isDigits, html`inputmode="numeric"`)} ${when(!isDigits, html`autocapitalize="characters"`)} aria-required="true" spellcheck="false"${fieldState('code', 'code-hint', flash)}${when(isFirst, html` autofocus`)}>
${more}
<button>${confirm.check}</button>
</form>`;
}

/** For factors whose codes are sent: another one, once its wait is over. */
function resendForm(visit: BaseVisit, { asked, path }: ConfirmView, factor: AskedFactor): Html | null {
  const { confirm } = visit.words;
  if (!isSent(factor)) return null;
  const fromMs = sendFromMs(asked);
  if (fromMs === null) return html`<p class="hint">${confirm.noMoreSends}</p>`;
  const wasSent = asked.sent?.factorId === factor.id;
  const isWaiting = fromMs > visit.nowMs;
  const from = new Date(fromMs).toISOString();
  return html`<form method="post" action="${path}/send">
${visit.csrfField()}
<button${when(wasSent, html` class="quiet"`)}${when(isWaiting, html` data-from="${from}"`)}>${wasSent ? confirm.resend : confirm.send}${
    isWaiting && html`<span class="from"> ${confirm.resendFrom(timeOf(fromMs, visit))}</span>`
  }</button>
</form>`;
}

function others(visit: BaseVisit, { asked, path }: ConfirmView): Html | null {
  const { words } = visit;
  // A browser offers all passkeys of its owner at once, so one button is enough for them.
  const isPasskey = ({ kind }: AskedFactor): boolean => kind === 'webauthn';
  const chosen = chosenOf(asked);
  const left = asked.factors.filter(
    (factor, index, all) =>
      factor.id !== asked.chosen &&
      !(
        isPasskey(factor) &&
        ((chosen !== undefined && isPasskey(chosen)) || all.findIndex(isPasskey) < index)
      ),
  );
  if (left.length === 0) return null;
  return html`<details class="others">
<summary>${words.confirm.another}</summary>
<form method="post" action="${path}/factor">
${visit.csrfField()}
<ul class="choices">${left.map(
    (factor) =>
      html`<li><button class="choice" name="factor" value="${factor.id}"><span>${factorName(factor, words)}</span>${recipientOf(factor, words)}</button></li>`,
  )}</ul>
</form>
</details>`;
}
