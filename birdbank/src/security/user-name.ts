import type { AuthBank } from '../auth.ts';
import type { CustomerVisit } from '../customer.ts';
import { html } from '../html.ts';
import { fieldState, leaveFlash, problemSummary, takeFlash, titleOf, typedIn } from '../pages/parts.ts';
import { isUserName } from '../sign-up/user-name.ts';
import type { Answer } from '../visit.ts';
import { confirmFirst, isFresh, SECURITY, securityCard } from './fresh.ts';

const PATH = `${SECURITY}/user-name`;

/** `GET /security/user-name` */
export function userNamePage(visit: CustomerVisit): Answer {
  const { security, signUp } = visit.words;
  const flash = takeFlash(visit, PATH);
  const value = typedIn(flash, 'userName') || (visit.customer.userName ?? '');
  const form = isFresh(visit)
    ? html`<form method="post" action="${PATH}">
${visit.csrfField()}
<label for="userName">${signUp.userName}</label>
<p class="hint" id="userName-hint">${signUp.userNameHint}</p>
<input id="userName" name="userName" value="${value}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="32"
  aria-required="true"${fieldState('userName', 'userName-hint', flash)}>
<button>${security.namePage.submit}</button>
</form>`
    : confirmFirst(visit, PATH, security.firstText);
  return {
    ...securityCard(visit, security.namePage.title, [problemSummary(flash?.problems ?? [], visit), form]),
    title: titleOf(security.namePage.title, flash, visit),
  };
}

/** `POST /security/user-name` */
export function changeUserName(bank: AuthBank, visit: CustomerVisit): Answer {
  if (!isFresh(visit)) return { redirectTo: PATH };
  const { customer, words, place } = visit;
  const userName = visit.field('userName');
  const problem =
    userName === ''
      ? words.security.namePage.empty
      : !isUserName(userName)
        ? words.signUp.badName
        : bank.customers.setUserName(customer.id, userName)
          ? null
          : words.signUp.nameTaken;
  if (problem !== null) {
    leaveFlash(visit, PATH, { problems: [{ text: problem, field: 'userName' }], typed: { userName } });
    return { redirectTo: PATH };
  }
  bank.events.add(customer.id, { kind: 'name-changed', factor: null, device: place.label });
  leaveFlash(visit, SECURITY, { notice: words.security.namePage.done });
  return { redirectTo: SECURITY };
}
