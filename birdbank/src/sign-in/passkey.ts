import { RoostError } from '@roost/client';
import type { Assertion } from '@roost/client/browser';
import type { AuthBank } from '../auth.ts';
import { AUDIENCE } from '../bank.ts';
import { readCredential } from '../confirm/asking.ts';
import { HOME } from '../home.ts';
import { leaveFlash } from '../pages/parts.ts';
import { isRefusal, problemsOf } from '../problems.ts';
import type { Answer, File, Visit } from '../visit.ts';
import { placeFor } from '../whereabouts.ts';
import { noteSignIn } from './note.ts';
import { SIGN_IN } from './page.ts';

/** As Roost is told it; a passkey that confirms a sign-in after a password does not do for this. */
const PURPOSE = 'sign-in-passkey';
const VALID_SECONDS = 300;

export const json = (body: object): File => ({
  ...{ file: JSON.stringify(body), type: 'application/json; charset=utf-8', download: null },
});

/** `POST /sign-in/passkey/begin`: what the browser is to ask for. It must make sure of its user: that is two factors. */
export async function beginPasskeySignIn(bank: AuthBank, visit: Visit): Promise<Answer> {
  try {
    const made = await bank.roost.challenges.create({
      ...{ purpose: PURPOSE, audience: AUDIENCE, factors: ['webauthn'], validSeconds: VALID_SECONDS },
      userVerification: 'required',
    });
    const passkey = { challenge: made.id, expiresAtMs: made.expiresAt.getTime() };
    visit.session = { ...visit.session, passkey };
    return json({ publicKey: made.publicKey });
  } catch (error) {
    leaveFlash(visit, SIGN_IN, { problems: problemsOf(bank, visit.words, error, '') });
    return json({ redirectTo: SIGN_IN });
  }
}

/** `POST /sign-in/passkey`: who it is, the passkey says. */
export async function submitPasskeySignIn(bank: AuthBank, visit: Visit): Promise<Answer> {
  const { passkey } = visit.session;
  const { signIn, confirm } = visit.words;
  visit.session = { ...visit.session, passkey: null };
  const refuse = (text: string): Answer => {
    leaveFlash(visit, SIGN_IN, { problems: [{ text, field: null }] });
    return { redirectTo: SIGN_IN };
  };
  const credential = readCredential<Assertion>(visit.secretField('credential'));
  if (passkey === null || passkey.expiresAtMs <= visit.nowMs) return refuse(signIn.tooLong);
  if (credential === null) return refuse(confirm.passkeyFailed);
  try {
    const answered = { credential, ...placeFor(visit) };
    const { user, purpose, approvedBy } = await bank.roost.challenges.check(passkey.challenge, answered);
    const customer = purpose === PURPOSE ? bank.customers.find(user) : null;
    if (customer === null || approvedBy.kind !== 'webauthn') return refuse(signIn.noPasskey);
    noteSignIn(bank, visit, customer.id, approvedBy);
    const fresh = { atMs: visit.nowMs, factorId: approvedBy.factor };
    visit.signIn({ customerId: customer.id, fresh, isTrusted: false });
    return { redirectTo: HOME };
  } catch (error) {
    if (error instanceof RoostError && isRefusal(error)) return refuse(signIn.noPasskey);
    leaveFlash(visit, SIGN_IN, { problems: problemsOf(bank, visit.words, error, '') });
    return { redirectTo: SIGN_IN };
  }
}
