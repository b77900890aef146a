import type { AuthBank } from '../auth.ts';
import type { CustomerVisit } from '../customer.ts';
import { html } from '../html.ts';
import { leaveFlash, problemSummary, takeFlash, titleOf } from '../pages/parts.ts';
import { passwordField } from '../passwords/field.ts';
import { PasswordsBusy } from '../passwords/hash.ts';
import { judgePassword } from '../passwords/rules.ts';
import type { Problem } from '../session-data.ts';
import { tellCustomer } from '../tell-customer.ts';
import { apiTime } from '../times.ts';
import type { Answer } from '../visit.ts';
import { confirmFirst, isFresh, SECURITY, securityCard } from './fresh.ts';

const PATH = `${SECURITY}/password`;

/** `GET /security/password` */
export function passwordPage(visit: CustomerVisit): Answer {
  const { security, signUp } = visit.words;
  const words = security.passwordPage;
  const flash = takeFlash(visit, PATH);
  const form = isFresh(visit)
    ? html`<form method="post" action="${PATH}">
${visit.csrfField()}
<input type="hidden" name="username" autocomplete="username" value="${visit.customer.userName ?? ''}">
${passwordField(visit.words, { id: 'current', label: words.current, hint: null, use: 'current-password', flash })}
${passwordField(visit.words, { id: 'next', label: words.next, hint: signUp.passwordHint, use: 'new-password', flash })}
<button>${words.submit}</button>
</form>`
    : confirmFirst(visit, PATH, security.firstText);
  return {
    ...securityCard(visit, words.title, [problemSummary(flash?.problems ?? [], visit), form]),
    title: titleOf(words.title, flash, visit),
  };
}

/** `POST /security/password`: the password of now and a fresh factor; all other sessions end. */
export async function changePassword(bank: AuthBank, visit: CustomerVisit): Promise<Answer> {
  if (!isFresh(visit)) return { redirectTo: PATH };
  const { customer, words, place } = visit;
  const sentences = words.security.passwordPage;
  const [current, next] = [visit.secretField('current'), visit.secretField('next')];
  const again = (problems: readonly Problem[]): Answer => {
    leaveFlash(visit, PATH, { problems });
    return { redirectTo: PATH };
  };
  const bad = judgePassword(next, [customer.userName ?? '']);
  if (bad !== null) return again([{ text: words.signUp.problems[bad], field: 'next' }]);
  // Somebody at an open session must not guess faster than at the door.
  const guess = { name: customer.id, knownDevice: place.device ?? Buffer.alloc(0), clientIp: place.clientIp };
  const taken = bank.throttle.take(guess);
  if ('waitUntilMs' in taken)
    return again([{ text: sentences.wait(apiTime(taken.waitUntilMs)), field: null }]);
  try {
    if (!(await bank.passwords.check(current, bank.customers.passwordOf(customer.id)))) {
      bank.events.add(customer.id, { kind: 'wrong-password', factor: null, device: place.label });
      return again([{ text: sentences.wrong, field: 'current' }]);
    }
    bank.throttle.right(guess);
    if (next === current) return again([{ text: sentences.same, field: 'next' }]);
    bank.customers.setPassword(customer.id, await bank.passwords.make(next));
  } catch (error) {
    if (error instanceof PasswordsBusy) return again([{ text: words.signIn.busy, field: null }]);
    throw error;
  }
  bank.devices.distrustAll(customer.id);
  bank.events.add(customer.id, { kind: 'password-changed', factor: null, device: place.label });
  tellCustomer(bank, customer.id, ({ notices }) => notices.passwordChanged);
  visit.renewId();
  visit.endOthers();
  leaveFlash(visit, SECURITY, { notice: sentences.done });
  return { redirectTo: SECURITY };
}
