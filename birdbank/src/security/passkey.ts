import type { Registration } from '@roost/client/browser';
import type { AuthBank } from '../auth.ts';
import { readCredential } from '../confirm/asking.ts';
import { passkeyButton } from '../confirm/passkey-button.ts';
import { refusalsOf } from '../confirm/refusals.ts';
import type { CustomerVisit } from '../customer.ts';
import { html } from '../html.ts';
import { leaveFlash, problemSummary, takeFlash, titleOf } from '../pages/parts.ts';
import { json } from '../sign-in/passkey.ts';
import type { Answer } from '../visit.ts';
import { confirmFirst, isFresh, SECURITY, securityCard } from './fresh.ts';

const PATH = `${SECURITY}/add/passkey`;

/** `GET /security/add/passkey` */
export function passkeyPage(visit: CustomerVisit): Answer {
  const { passkey, firstText } = visit.words.security;
  const flash = takeFlash(visit, PATH);
  const form = isFresh(visit)
    ? html`<form method="post" action="${PATH}/confirm" data-new-passkey="${PATH}">
${visit.csrfField()}
<input type="hidden" name="credential" value="">
${passkeyButton(visit.words, passkey.begin)}
</form>`
    : confirmFirst(visit, PATH, firstText);
  return {
    ...securityCard(visit, passkey.title, [
      ...[html`<p class="soft">${passkey.text}</p>`, problemSummary(flash?.problems ?? [], visit), form],
    ]),
    title: titleOf(passkey.title, flash, visit),
  };
}

/** `POST /security/add/passkey`: what the browser is to make a passkey for. */
export async function beginPasskey(bank: AuthBank, visit: CustomerVisit): Promise<Answer> {
  if (!isFresh(visit)) return json({ redirectTo: PATH });
  const { customer, place } = visit;
  await forget(bank, visit);
  try {
    const { factor, publicKey } = await bank.roost.factors.enrol(customer.id, {
      ...{ kind: 'webauthn', account: customer.userName ?? 'BirdBank', residentKey: 'preferred' },
      ...(place.label === '' ? {} : { name: place.label }),
    });
    visit.session = { ...visit.session, enrolling: { way: 'passkey', factorId: factor.id } };
    return json({ publicKey });
  } catch (error) {
    leaveFlash(visit, PATH, { problems: refusalsOf(bank, visit.words, error) });
    return json({ redirectTo: PATH });
  }
}

/** `POST /security/add/passkey/confirm`: what the authenticator answered. */
export async function confirmPasskey(bank: AuthBank, visit: CustomerVisit): Promise<Answer> {
  if (!isFresh(visit)) return { redirectTo: PATH };
  const { enrolling } = visit.session;
  const { passkey } = visit.words.security;
  const credential = readCredential<Registration>(visit.secretField('credential'));
  if (enrolling?.way !== 'passkey' || credential === null) {
    leaveFlash(visit, PATH, { problems: [{ text: passkey.failed, field: null }] });
    return { redirectTo: PATH };
  }
  try {
    await bank.roost.factors.confirm(visit.customer.id, enrolling.factorId, { credential });
  } catch (error) {
    const problems = refusalsOf(bank, visit.words, error).map(({ text }) => ({ text, field: null }));
    leaveFlash(visit, PATH, { problems });
    return { redirectTo: PATH };
  }
  visit.session = { ...visit.session, enrolling: null };
  visit.renewId();
  bank.events.add(visit.customer.id, { kind: 'factor-added', factor: 'webauthn', device: visit.place.label });
  leaveFlash(visit, SECURITY, { notice: passkey.done });
  return { redirectTo: SECURITY };
}

async function forget({ roost }: AuthBank, visit: CustomerVisit): Promise<void> {
  const { enrolling } = visit.session;
  if (enrolling?.way !== 'passkey') return;
  await roost.factors.remove(visit.customer.id, enrolling.factorId).catch(() => {});
  visit.session = { ...visit.session, enrolling: null };
}
