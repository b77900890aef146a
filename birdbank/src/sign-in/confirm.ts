import type { AuthBank } from '../auth.ts';
import { answerChallenge, chooseFactor, type Step, sendAnother } from '../confirm/asking.ts';
import { asAnswered, noteWrong } from '../confirm/confirming.ts';
import { confirmPage } from '../confirm/page.ts';
import { TRUST_DAYS } from '../devices.ts';
import { HOME } from '../home.ts';
import { type Html, html } from '../html.ts';
import { leaveFlash, takeFlash } from '../pages/parts.ts';
import type { SignIn } from '../session-data.ts';
import type { Answer, Visit } from '../visit.ts';
import type { Words } from '../words/words.ts';
import { noteSignIn } from './note.ts';
import { SIGN_IN, SIGN_IN_CONFIRM } from './page.ts';

/** Half a sign-in is worth nothing after this time. */
const MOST_HALF_MS = 10 * 60_000;

/** `GET /sign-in/confirm`: the only page that half a sign-in opens. */
export function signInConfirmPage(visit: Visit): Answer {
  const { signIn } = visit.session;
  if (signIn === null || isTooOld(visit, signIn)) return beginAgain(visit);
  return confirmPage(visit, {
    ...{ asked: signIn.asked, path: SIGN_IN_CONFIRM, title: visit.words.signIn.confirmTitle, details: null },
    ...{ backTo: SIGN_IN, flash: takeFlash(visit, SIGN_IN_CONFIRM), more: trustBox(visit.words) },
  });
}

function trustBox({ confirm }: Words): Html {
  return html`<p class="tick-line"><input type="checkbox" id="trust" name="trust" value="yes" aria-describedby="trust-hint">
<label for="trust">${confirm.trust(TRUST_DAYS)}</label></p>
<p class="hint" id="trust-hint">${confirm.trustHint}</p>`;
}

/** `POST /sign-in/confirm`: judges a code; a right one is the other half. */
export async function submitSignInConfirm(bank: AuthBank, visit: Visit): Promise<Answer> {
  const { signIn } = visit.session;
  if (signIn === null || isTooOld(visit, signIn)) return beginAgain(visit);
  const { customerId } = signIn;
  const asked = asAnswered(visit, signIn.asked);
  const answered = await answerChallenge(bank, visit, asked, { customerId, transaction: null });
  if (answered.kind === 'again') {
    noteWrong(bank.events, visit, customerId, asked, answered.asked);
    return stay(visit, signIn, answered, null);
  }
  visit.session = { ...visit.session, signIn: null };
  if (answered.kind === 'over') {
    noteWrong(bank.events, visit, customerId, asked, { ...asked, attemptsLeft: 0 });
    const over = { text: visit.words.confirm.over, field: null };
    leaveFlash(visit, SIGN_IN, { problems: [...answered.problems, over] });
    return { redirectTo: SIGN_IN };
  }
  // The password may have been changed because somebody else knew it.
  if (bank.customers.passwordSinceMs(customerId) !== signIn.passwordSinceMs) return tooLong(visit);
  const { factor, kind } = answered.challenge.approvedBy;
  noteSignIn(bank, visit, customerId, answered.challenge.approvedBy);
  visit.signIn({
    customerId,
    fresh: { atMs: visit.nowMs, factorId: factor },
    isTrusted: visit.field('trust') === 'yes' && kind !== 'recovery',
  });
  return { redirectTo: kind === 'recovery' ? '/security' : HOME };
}

/** `POST /sign-in/confirm/factor`: another way. */
export async function chooseSignInFactor(bank: AuthBank, visit: Visit): Promise<Answer> {
  const { signIn } = visit.session;
  if (signIn === null || isTooOld(visit, signIn)) return beginAgain(visit);
  return stay(visit, signIn, await chooseFactor(bank, visit, signIn.asked, visit.field('factor')), null);
}

/** `POST /sign-in/confirm/send`: another code. */
export async function sendSignInCode(bank: AuthBank, visit: Visit): Promise<Answer> {
  const { signIn } = visit.session;
  if (signIn === null || isTooOld(visit, signIn)) return beginAgain(visit);
  const step = await sendAnother(bank, visit, signIn.asked);
  return stay(visit, signIn, step, step.problems.length === 0 ? visit.words.confirm.sentAgain : null);
}

function stay(visit: Visit, signIn: SignIn, { asked, problems }: Step, notice: string | null): Answer {
  visit.session = { ...visit.session, signIn: { ...signIn, asked } };
  if (problems.length > 0 || notice !== null) leaveFlash(visit, SIGN_IN_CONFIRM, { problems, notice });
  return { redirectTo: SIGN_IN_CONFIRM };
}

const isTooOld = ({ nowMs }: Visit, { startedAtMs }: SignIn): boolean => nowMs >= startedAtMs + MOST_HALF_MS;

function beginAgain(visit: Visit): Answer {
  if (visit.session.signIn !== null) {
    visit.session = { ...visit.session, signIn: null };
    return tooLong(visit);
  }
  return { redirectTo: SIGN_IN };
}

function tooLong(visit: Visit): Answer {
  leaveFlash(visit, SIGN_IN, { problems: [{ text: visit.words.signIn.tooLong, field: null }] });
  return { redirectTo: SIGN_IN };
}
