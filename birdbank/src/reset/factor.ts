import type { AuthBank } from '../auth.ts';
import { answerChallenge, chooseFactor, type Step, sendAnother } from '../confirm/asking.ts';
import { asAnswered, noteWrong } from '../confirm/confirming.ts';
import { confirmPage } from '../confirm/page.ts';
import { html } from '../html.ts';
import { leaveFlash, problemSummary, takeFlash, titleOf } from '../pages/parts.ts';
import { passwordField } from '../passwords/field.ts';
import { PasswordsBusy } from '../passwords/hash.ts';
import { judgePassword } from '../passwords/rules.ts';
import type { Problem, Reset } from '../session-data.ts';
import { tellCustomer } from '../tell-customer.ts';
import type { Answer, Visit } from '../visit.ts';
import { FORGOT, FORGOT_CONFIRM } from './phone.ts';

const PASSWORD = '/forgot/password';
const MOST_MS = 15 * 60_000;

type Halfway = Extract<Reset, { stage: 'factor' | 'password' }>;

/** How far this session has come, if it has and not too long ago. */
function halfway({ session, nowMs }: Visit, stage: Halfway['stage']): Halfway | null {
  const { reset } = session;
  return reset?.stage === stage && nowMs < reset.startedAtMs + MOST_MS ? reset : null;
}

/** `GET /forgot/confirm`: asks for a factor that is not the phone. */
export function forgotConfirmPage(visit: Visit): Answer {
  const reset = halfway(visit, 'factor');
  if (reset === null) return { redirectTo: FORGOT };
  return confirmPage(visit, {
    ...{ asked: reset.asked, path: FORGOT_CONFIRM, title: visit.words.signIn.reset.confirmTitle },
    ...{ details: null, backTo: '/sign-in', flash: takeFlash(visit, FORGOT_CONFIRM), more: null },
  });
}

/** `POST /forgot/confirm` */
export async function submitForgotConfirm(bank: AuthBank, visit: Visit): Promise<Answer> {
  const reset = halfway(visit, 'factor');
  if (reset === null) return { redirectTo: FORGOT };
  const { customerId } = reset;
  const asked = asAnswered(visit, reset.asked);
  const answered = await answerChallenge(bank, visit, asked, { customerId, transaction: null });
  if (answered.kind === 'again') {
    noteWrong(bank.events, visit, customerId, asked, answered.asked);
    return stay(visit, reset, answered);
  }
  if (answered.kind === 'over') {
    noteWrong(bank.events, visit, customerId, asked, { ...asked, attemptsLeft: 0 });
    visit.session = { ...visit.session, reset: null };
    const over = { text: visit.words.confirm.over, field: null };
    leaveFlash(visit, FORGOT, { problems: [...answered.problems, over] });
    return { redirectTo: FORGOT };
  }
  bank.events.used(customerId, answered.challenge.approvedBy.factor, visit.place.label);
  visit.renewId();
  visit.session = { ...visit.session, reset: { ...reset, stage: 'password' } };
  return { redirectTo: PASSWORD };
}

/** `POST /forgot/confirm/factor` */
export async function chooseForgotFactor(bank: AuthBank, visit: Visit): Promise<Answer> {
  const reset = halfway(visit, 'factor');
  if (reset === null) return { redirectTo: FORGOT };
  return stay(visit, reset, await chooseFactor(bank, visit, reset.asked, visit.field('factor')));
}

/** `POST /forgot/confirm/send` */
export async function sendForgotCode(bank: AuthBank, visit: Visit): Promise<Answer> {
  const reset = halfway(visit, 'factor');
  if (reset === null) return { redirectTo: FORGOT };
  return stay(visit, reset, await sendAnother(bank, visit, reset.asked));
}

function stay(visit: Visit, reset: Halfway, { asked, problems }: Step): Answer {
  visit.session = { ...visit.session, reset: { ...reset, asked } };
  if (problems.length > 0) leaveFlash(visit, FORGOT_CONFIRM, { problems });
  return { redirectTo: FORGOT_CONFIRM };
}

/** `GET /forgot/password` */
export function newPasswordPage(visit: Visit): Answer {
  if (halfway(visit, 'password') === null) return { redirectTo: FORGOT };
  const { signUp, signIn } = visit.words;
  const flash = takeFlash(visit, PASSWORD);
  return {
    title: titleOf(signIn.reset.title, flash, visit),
    main: html`<div class="card">
<h1>${signIn.reset.title}</h1>
${problemSummary(flash?.problems ?? [], visit)}
<form method="post" action="${PASSWORD}">
${visit.csrfField()}
${passwordField(visit.words, { id: 'password', label: signIn.reset.newPassword, hint: signUp.passwordHint, use: 'new-password', flash })}
<button>${signIn.reset.save}</button>
</form>
</div>`,
  };
}

/** `POST /forgot/password`: saves it and ends every session. Nobody is signed in by it, and no factor is changed. */
export async function submitNewPassword(bank: AuthBank, visit: Visit): Promise<Answer> {
  const reset = halfway(visit, 'password');
  if (reset === null) return { redirectTo: FORGOT };
  const { customerId } = reset;
  const { signUp, signIn } = visit.words;
  const again = (problems: readonly Problem[]): Answer => {
    leaveFlash(visit, PASSWORD, { problems });
    return { redirectTo: PASSWORD };
  };
  const password = visit.secretField('password');
  const bad = judgePassword(password, [bank.customers.find(customerId)?.userName ?? '']);
  if (bad !== null) return again([{ text: signUp.problems[bad], field: 'password' }]);
  try {
    bank.customers.setPassword(customerId, await bank.passwords.make(password));
  } catch (error) {
    if (error instanceof PasswordsBusy) return again([{ text: signIn.busy, field: null }]);
    throw error;
  }
  bank.customerSessions.removeAll(customerId, null);
  bank.devices.distrustAll(customerId);
  bank.events.add(customerId, { kind: 'password-reset', factor: null, device: visit.place.label });
  tellCustomer(bank, customerId, ({ notices }) => notices.passwordReset);
  visit.renewId();
  visit.session = { ...visit.session, reset: null, signIn: null };
  leaveFlash(visit, '/sign-in', { notice: signIn.reset.done });
  return { redirectTo: '/sign-in' };
}
