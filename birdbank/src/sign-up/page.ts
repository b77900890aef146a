import type { AuthBank } from '../auth.ts';
import { type Html, html } from '../html.ts';
import { fieldState, leaveFlash, problemSummary, takeFlash, titleOf, typedIn } from '../pages/parts.ts';
import { passwordField } from '../passwords/field.ts';
import { PasswordsBusy } from '../passwords/hash.ts';
import { judgePassword } from '../passwords/rules.ts';
import { problemsOf } from '../problems.ts';
import type { Flash, Problem } from '../session-data.ts';
import type { Answer, Visit } from '../visit.ts';
import { isUserName } from './user-name.ts';

const PATH = '/sign-up';

/** `GET /sign-up`: what follows the three pages of the tutorial, for those who have proved their phone there. */
export function signUpPage({ customers }: AuthBank, visit: Visit): Answer {
  const { verified } = visit.session;
  if (verified === null) return toFirstPage(visit);
  if (customers.findByPhone(verified.recipient) !== null) return toSignIn(visit);
  const { signUp } = visit.words;
  const flash = takeFlash(visit, PATH);
  return {
    title: titleOf(signUp.title, flash, visit),
    main: html`<div class="card">
<h1>${signUp.title}</h1>
<p class="soft">${signUp.why}</p>
${problemSummary(flash?.problems ?? [], visit)}
<form method="post" action="${PATH}">
${visit.csrfField()}
${userNameField(visit, flash)}
${passwordField(visit.words, { id: 'password', label: signUp.password, hint: signUp.passwordHint, use: 'new-password', flash })}
<button>${signUp.submit}</button>
</form>
</div>`,
  };
}

function userNameField({ words }: Visit, flash: Flash | null): Html {
  const { signUp } = words;
  return html`<label for="userName">${signUp.userName}</label>
<p class="hint" id="userName-hint">${signUp.userNameHint}</p>
<input id="userName" name="userName" value="${typedIn(flash, 'userName')}" autocomplete="username" autocapitalize="none"
  spellcheck="false" maxlength="32"${fieldState('userName', 'userName-hint', flash)}>`;
}

/** `POST /sign-up`: opens the account. Phone and password have both been shown, so its owner is signed in. */
export async function submitSignUp(bank: AuthBank, visit: Visit): Promise<Answer> {
  const { verified } = visit.session;
  if (verified === null) return toFirstPage(visit);
  if (bank.customers.findByPhone(verified.recipient) !== null) return toSignIn(visit);
  const userName = visit.field('userName');
  const password = visit.secretField('password');
  const again = (problems: readonly Problem[]): Answer => {
    leaveFlash(visit, PATH, { problems, typed: { userName } });
    return { redirectTo: PATH };
  };
  const problems = problemsWith(bank, visit, userName, password);
  if (problems.length > 0) return again(problems);
  const opened = await open(bank, visit, verified, { userName: userName === '' ? null : userName, password });
  if ('problems' in opened) return again(opened.problems);
  const { customerId, factorId } = opened;
  bank.events.add(customerId, { kind: 'signed-up', factor: 'sms', device: visit.place.label });
  visit.signIn({ customerId, fresh: { atMs: visit.nowMs, factorId }, isTrusted: false });
  return { redirectTo: '/security/recovery' };
}

function problemsWith(
  { customers }: AuthBank,
  { words }: Visit,
  userName: string,
  password: string,
): readonly Problem[] {
  const { signUp } = words;
  const problems: Problem[] = [];
  if (userName !== '' && !isUserName(userName)) problems.push({ text: signUp.badName, field: 'userName' });
  else if (userName !== '' && customers.isNameTaken(userName))
    problems.push({ text: signUp.nameTaken, field: 'userName' });
  const bad = judgePassword(password, [userName]);
  if (bad !== null) problems.push({ text: signUp.problems[bad], field: 'password' });
  return problems;
}

type Opened = { readonly customerId: string; readonly factorId: string };

/** The factor comes first: an account without one could never be opened again. */
async function open(
  bank: AuthBank,
  visit: Visit,
  { id: verification, recipient: phone }: { readonly id: string; readonly recipient: string },
  { userName, password }: { readonly userName: string | null; readonly password: string },
): Promise<Opened | { readonly problems: readonly Problem[] }> {
  const { signUp, signIn, language } = visit.words;
  try {
    const hash = await bank.passwords.make(password);
    const customerId = bank.customers.newId();
    const { factor } = await bank.roost.factors.enrol(customerId, { kind: 'sms', verification });
    if (
      bank.customers.add({ id: customerId, userName, password: hash, phone, factorId: factor.id, language })
    ) {
      return { customerId, factorId: factor.id };
    }
    await bank.roost.factors.remove(customerId, factor.id).catch(() => {});
    return { problems: [{ text: signUp.nameTaken, field: 'userName' }] };
  } catch (error) {
    if (error instanceof PasswordsBusy) return { problems: [{ text: signIn.busy, field: null }] };
    return { problems: problemsOf(bank, visit.words, error, signUp.lost) };
  }
}

function toFirstPage(visit: Visit): Answer {
  leaveFlash(visit, 'number', {
    problems: [{ text: visit.words.tutorial.number.noneVerified, field: null }],
  });
  return { redirectTo: '/' };
}

/** Whoever holds the phone may know that it has an account; nobody else gets here. */
function toSignIn(visit: Visit): Answer {
  leaveFlash(visit, '/sign-in', { notice: visit.words.signUp.exists });
  return { redirectTo: '/sign-in' };
}
