import type { AuthBank } from '../auth.ts';
import { openChallenge } from '../confirm/asking.ts';
import type { Customer } from '../customer.ts';
import { HOME } from '../home.ts';
import { html, when } from '../html.ts';
import {
  fieldState,
  leaveFlash,
  noticeBox,
  problemSummary,
  takeFlash,
  titleOf,
  typedIn,
} from '../pages/parts.ts';
import { passwordField } from '../passwords/field.ts';
import { PasswordsBusy } from '../passwords/hash.ts';
import type { Problem } from '../session-data.ts';
import { apiTime } from '../times.ts';
import type { Answer, Visit } from '../visit.ts';
import { readName } from './name.ts';
import { noteSignIn } from './note.ts';

export const SIGN_IN = '/sign-in';
export const SIGN_IN_CONFIRM = '/sign-in/confirm';

/** `GET /sign-in` */
export function signInPage(visit: Visit): Answer {
  const { signIn } = visit.words;
  const flash = takeFlash(visit, SIGN_IN);
  const isFirst = flash === null || flash.problems.length === 0;
  return {
    title: titleOf(signIn.title, flash, visit),
    main: html`<div class="card">
<h1>${signIn.title}</h1>
${problemSummary(flash?.problems ?? [], visit)}
${noticeBox(flash?.notice ?? null, visit)}
<form method="post" action="${SIGN_IN}">
${visit.csrfField()}
<label for="name">${signIn.name}</label>
<p class="hint" id="name-hint">${signIn.nameHint}</p>
<input id="name" name="name" value="${typedIn(flash, 'name')}" autocomplete="username" autocapitalize="none" spellcheck="false"
  aria-required="true"${fieldState('name', 'name-hint', flash)}${when(isFirst, html` autofocus`)}>
${passwordField(visit.words, { id: 'password', label: signIn.password, hint: null, use: 'current-password', flash })}
<button>${signIn.submit}</button>
</form>
<form method="post" action="${SIGN_IN}/passkey" data-any-passkey="${SIGN_IN}/passkey/begin" class="any-passkey">
${visit.csrfField()}
<input type="hidden" name="credential" value="">
<p class="notice warn" role="alert" data-passkey-failed hidden>${visit.words.confirm.passkeyCanceled}</p>
<button type="button" class="passkey second" hidden>${signIn.withPasskey}</button>
</form>
<p class="aside"><a href="/forgot">${signIn.forgot}</a></p>
</div>
<p class="aside">${signIn.noAccount} <a href="/">${signIn.open}</a></p>`,
  };
}

/**
 * `POST /sign-in`: judges the password. Whether the name is anybody's shows neither in the answer nor in its time. What
 * follows a right one is the page that asks for another factor; nothing else is open before that.
 */
export async function submitSignIn(bank: AuthBank, visit: Visit): Promise<Answer> {
  const { signIn } = visit.words;
  const typed = visit.field('name');
  const password = visit.secretField('password');
  const again = (problems: readonly Problem[]): Answer => {
    leaveFlash(visit, SIGN_IN, { problems, typed: { name: typed } });
    return { redirectTo: SIGN_IN };
  };
  const missing = [
    ...(typed === '' ? [{ text: signIn.emptyName, field: 'name' }] : []),
    ...(password === '' ? [{ text: signIn.emptyPassword, field: 'password' }] : []),
  ];
  if (missing.length > 0) return again(missing);
  const name = readName(typed);
  const found = bank.customers.findByName(name);
  const { device, clientIp, label } = visit.place;
  const isKnown = found !== null && bank.devices.isKnown(found.customer.id, device);
  const guess = { name, knownDevice: isKnown ? device : null, clientIp };
  const taken = bank.throttle.take(guess);
  if ('waitUntilMs' in taken) return again([{ text: signIn.wait(apiTime(taken.waitUntilMs)), field: null }]);
  // Whoever has two names has one lot of guesses. That both are theirs must not show, so this wait is not told.
  const both = { ...guess, name: `customer ${found?.customer.id}`, clientIp: null };
  const isWaiting = found !== null && 'waitUntilMs' in bank.throttle.take(both);
  try {
    const isRight = await bank.passwords.check(password, isWaiting ? null : (found?.password ?? null));
    // Meanwhile it may have been changed.
    if (found === null || !isRight || bank.customers.passwordOf(found.customer.id) !== found.password) {
      if (found !== null)
        bank.events.add(found.customer.id, { kind: 'wrong-password', factor: null, device: label });
      return again([{ text: taken.left === 1 ? signIn.wrongLast : signIn.wrong, field: null }]);
    }
    bank.throttle.right(guess);
    bank.throttle.right(both);
    if (bank.passwords.isOld(found.password)) {
      const renewed = await bank.passwords.make(password);
      if (bank.customers.passwordOf(found.customer.id) !== found.password)
        return again([{ text: signIn.wrong, field: null }]);
      bank.customers.setPassword(found.customer.id, renewed);
    }
    return await half(bank, visit, found.customer, again);
  } catch (error) {
    if (error instanceof PasswordsBusy) return again([{ text: signIn.busy, field: null }]);
    throw error;
  }
}

// #region half
/** The password was right. On a trusted device that is enough; anywhere else another factor is asked for. */
async function half(
  bank: AuthBank,
  visit: Visit,
  { id: customerId }: Customer,
  again: (problems: readonly Problem[]) => Answer,
): Promise<Answer> {
  visit.renewId();
  const passwordSinceMs = bank.customers.passwordSinceMs(customerId);
  if (bank.devices.isTrusted(customerId, visit.place.device)) {
    noteSignIn(bank, visit, customerId, null);
    visit.signIn({ customerId, fresh: null, isTrusted: true });
    return { redirectTo: HOME };
  }
  const wanted = { customerId, purpose: 'sign-in', reference: '', transaction: null, kinds: null };
  const opened = await openChallenge(bank, visit, { ...wanted, exceptFactor: null });
  if (opened.kind === 'failed') return again(opened.problems);
  // Roost does not know them any more, as after a restore of one of the two alone.
  if (opened.kind === 'nothing') return again([{ text: visit.words.signIn.noFactor, field: null }]);
  visit.session = {
    ...visit.session,
    signIn: { customerId, startedAtMs: visit.nowMs, passwordSinceMs, asked: opened.asked },
  };
  if (opened.problems.length > 0) leaveFlash(visit, SIGN_IN_CONFIRM, { problems: opened.problems });
  return { redirectTo: SIGN_IN_CONFIRM };
}
// #endregion
