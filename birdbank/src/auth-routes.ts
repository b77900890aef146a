import type { FastifyInstance } from 'fastify';
import type { AuthBank } from './auth.ts';
import type { Confirming } from './confirm/confirming.ts';
import type { CustomerVisit } from './customer.ts';
import type { CustomerVisits } from './customer-visits.ts';
import {
  chooseForgotFactor,
  forgotConfirmPage,
  newPasswordPage,
  sendForgotCode,
  submitForgotConfirm,
  submitNewPassword,
} from './reset/factor.ts';
import {
  forgotCodePage,
  forgotPage,
  resendForgotCode,
  submitForgot,
  submitForgotCode,
} from './reset/phone.ts';
import { endFrom, SIGN_OUT_EVERYWHERE } from './security/ending.ts';
import { createWay } from './security/enrol.ts';
import { factorPage, removeFactor, renameFactor, resyncFactor } from './security/factor.ts';
import { isFresh, placeIn, SECURITY } from './security/fresh.ts';
import { securityPage } from './security/overview.ts';
import { beginPasskey, confirmPasskey, passkeyPage } from './security/passkey.ts';
import { changePassword, passwordPage } from './security/password.ts';
import { keptRecoveryCodes, makeRecoveryCodes, recoveryFile, recoveryPage } from './security/recovery.ts';
import { changeUserName, userNamePage } from './security/user-name.ts';
import { appWay, phoneWay, tokenWay } from './security/ways.ts';
import {
  chooseSignInFactor,
  sendSignInCode,
  signInConfirmPage,
  submitSignInConfirm,
} from './sign-in/confirm.ts';
import { SIGN_IN, SIGN_IN_CONFIRM, signInPage, submitSignIn } from './sign-in/page.ts';
import { beginPasskeySignIn, submitPasskeySignIn } from './sign-in/passkey.ts';
import { signedOutPage, signOut } from './sign-in/sign-out.ts';
import { signUpPage, submitSignUp } from './sign-up/page.ts';
import type { Answer } from './visit.ts';
import type { Visits } from './visits.ts';

/** The pages of signing up, signing in and security. */
export function addAuthPages(
  app: FastifyInstance,
  bank: AuthBank,
  visits: Visits,
  customers: CustomerVisits,
  confirming: Confirming,
): void {
  addStrangersPages(app, bank, visits);
  addConfirmPages(app, customers, confirming);
  addSecurityPages(app, bank, customers, confirming);
  app.post('/sign-out', customers.submit(signOut));
  // For the script that warns before the session ends: looking at it keeps nothing alive.
  app.get('/session', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    return { leftMs: customers.leftMs(request) };
  });
  app.post(
    '/session',
    customers.submit(() => ({ redirectTo: '/session' })),
  );
}

function addStrangersPages(app: FastifyInstance, bank: AuthBank, { look, submit }: Visits): void {
  const form = (
    path: string,
    handler: (bank: AuthBank, visit: Parameters<typeof submitSignIn>[1]) => Answer | Promise<Answer>,
  ) =>
    app.post(
      path,
      submit((visit) => handler(bank, visit)),
    );
  app.get(
    '/sign-up',
    look((visit) => signUpPage(bank, visit)),
  );
  form('/sign-up', submitSignUp);
  app.get(SIGN_IN, look(signInPage));
  form(SIGN_IN, submitSignIn);
  form(`${SIGN_IN}/passkey/begin`, beginPasskeySignIn);
  form(`${SIGN_IN}/passkey`, submitPasskeySignIn);
  app.get(SIGN_IN_CONFIRM, look(signInConfirmPage));
  form(SIGN_IN_CONFIRM, submitSignInConfirm);
  form(`${SIGN_IN_CONFIRM}/factor`, chooseSignInFactor);
  form(`${SIGN_IN_CONFIRM}/send`, sendSignInCode);
  app.get('/signed-out', look(signedOutPage));
  app.get('/forgot', look(forgotPage));
  form('/forgot', submitForgot);
  app.get('/forgot/code', look(forgotCodePage));
  form('/forgot/code', submitForgotCode);
  form('/forgot/code/send', resendForgotCode);
  app.get('/forgot/confirm', look(forgotConfirmPage));
  form('/forgot/confirm', submitForgotConfirm);
  form('/forgot/confirm/factor', chooseForgotFactor);
  form('/forgot/confirm/send', sendForgotCode);
  app.get('/forgot/password', look(newPasswordPage));
  form('/forgot/password', submitNewPassword);
}

function addConfirmPages(
  app: FastifyInstance,
  { look, submit }: CustomerVisits,
  confirming: Confirming,
): void {
  const path = '/confirm/:challenge';
  app.get(path, look(confirming.page));
  app.post(path, submit(confirming.answer));
  app.post(`${path}/factor`, submit(confirming.choose));
  app.post(`${path}/send`, submit(confirming.send));
}

function addSecurityPages(
  app: FastifyInstance,
  bank: AuthBank,
  { look, submit }: CustomerVisits,
  { ask }: Confirming,
): void {
  app.get(
    SECURITY,
    look((visit) => securityPage(bank, visit)),
  );
  app.post(
    `${SECURITY}/confirm`,
    submit((visit) => askFirst(visit, ask)),
  );
  for (const way of [createWay(bank, appWay), createWay(bank, phoneWay), createWay(bank, tokenWay)]) {
    app.get(way.path, look(way.page));
    app.post(way.path, submit(way.begin));
    app.post(`${way.path}/confirm`, submit(way.confirm));
    app.post(`${way.path}/cancel`, submit(way.cancel));
  }
  app.get(`${SECURITY}/add/passkey`, look(passkeyPage));
  app.post(
    `${SECURITY}/add/passkey`,
    submit((visit) => beginPasskey(bank, visit)),
  );
  app.post(
    `${SECURITY}/add/passkey/confirm`,
    submit((visit) => confirmPasskey(bank, visit)),
  );
  app.get(`${SECURITY}/add/app/qr.svg`, look(qrCode));
  app.get(
    `${SECURITY}/recovery`,
    look((visit) => recoveryPage(bank, visit)),
  );
  app.post(
    `${SECURITY}/recovery`,
    submit((visit) => makeRecoveryCodes(bank, visit)),
  );
  app.get(`${SECURITY}/recovery/codes.txt`, look(recoveryFile));
  app.post(`${SECURITY}/recovery/kept`, submit(keptRecoveryCodes));
  app.get(
    `${SECURITY}/factors/:id`,
    look((visit) => factorPage(bank, visit)),
  );
  app.post(
    `${SECURITY}/factors/:id/rename`,
    submit((visit) => renameFactor(bank, visit)),
  );
  app.post(
    `${SECURITY}/factors/:id/resync`,
    submit((visit) => resyncFactor(bank, visit)),
  );
  app.post(
    `${SECURITY}/factors/:id/remove`,
    submit((visit) => removeFactor(bank, visit)),
  );
  app.get(`${SECURITY}/password`, look(passwordPage));
  app.post(
    `${SECURITY}/password`,
    submit((visit) => changePassword(bank, visit)),
  );
  app.get(`${SECURITY}/user-name`, look(userNamePage));
  app.post(
    `${SECURITY}/user-name`,
    submit((visit) => changeUserName(bank, visit)),
  );
  const ending = endFrom(bank, ask);
  app.post(`${SECURITY}/sessions/:name/end`, submit(ending.session));
  app.post(`${SECURITY}/sessions/end-others`, submit(ending.others));
  app.post(`${SECURITY}/devices/:id/forget`, submit(ending.device));
  app.post(SIGN_OUT_EVERYWHERE, submit(ending.everywhere));
}

/** `POST /security/confirm`: a factor first, then on to the page where the change is made. */
function askFirst(visit: CustomerVisit, ask: Confirming['ask']): Answer | Promise<Answer> {
  const next = visit.field('next');
  if (placeIn(next) === null) return { redirectTo: SECURITY };
  return ask(visit, { purpose: 'change-security', reference: next });
}

/** `GET /security/add/app/qr.svg`: an image of its own, so that no markup of Roost's stands in our pages. */
function qrCode(visit: CustomerVisit): Answer {
  const { enrolling } = visit.session;
  if (enrolling?.way !== 'app' || !isFresh(visit)) return { redirectTo: SECURITY };
  return { file: enrolling.qrSvg, type: 'image/svg+xml', download: null };
}
