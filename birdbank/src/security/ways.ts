import type { TokenKind } from '@roost/client';
import { RoostError } from '@roost/client';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { recipientOf } from '../confirm/labels.ts';
import { html, when } from '../html.ts';
import { fieldState, typedIn } from '../pages/parts.ts';
import { readName } from '../sign-in/name.ts';
import { appLine, placeFor } from '../whereabouts.ts';
import type { Way } from './enrol.ts';
import { SECURITY } from './fresh.ts';

/** An authenticator app: the secret is shown as a QR code, as text, and as a link for the app on this device. */
export const appWay: Way<'app'> = {
  name: 'app',
  kind: 'totp',
  isDigits: true,
  words: ({ words }) => words.security.app,
  fields: () => null,
  async begin({ roost }, { customer }) {
    const account = customer.userName ?? 'BirdBank';
    const made = await roost.factors.enrol(customer.id, { kind: 'totp', issuer: 'BirdBank', account });
    const { uri, base32, qrSvg } = made.secret;
    return { way: 'app', factorId: made.factor.id, uri, base32, qrSvg };
  },
  show({ words }, { base32, uri }) {
    const { app } = words.security;
    return html`<p class="soft">${app.scan}</p>
<p class="qr"><img src="${SECURITY}/add/app/qr.svg" alt="${app.alt}" width="240" height="240"></p>
<p class="soft">${app.orType}</p>
<p class="secret"><code>${base32}</code></p>
<p><a href="${uri}">${app.openApp}</a></p>`;
  },
  added() {},
};

/** Another phone. Its owner can also sign in with its number. */
export const phoneWay: Way<'phone'> = {
  name: 'phone',
  kind: 'sms',
  isDigits: true,
  words: ({ words }) => words.security.phone,
  fields({ words }, flash) {
    const { phone } = words.security;
    return html`<label for="number">${phone.number}</label>
<p class="hint" id="number-hint">${phone.numberHint}</p>
<input id="number" name="number" type="tel" autocomplete="tel" value="${typedIn(flash, 'number')}"
  aria-required="true"${fieldState('number', 'number-hint', flash)}>`;
  },
  async begin(bank, visit) {
    const { customer, words, field } = visit;
    const typed = { number: field('number') };
    const { phone } = words.security;
    if (typed.number === '') return { problems: [{ text: phone.empty, field: 'number' }], typed };
    const number = parsePhoneNumberFromString(readName(typed.number))?.number;
    if (number === undefined)
      return { problems: [{ text: words.signIn.reset.unreadable, field: 'number' }], typed };
    try {
      const { factor } = await bank.roost.factors.enrol(customer.id, {
        ...{ kind: 'sms', recipient: number, originator: 'BirdBank', template: phone.message },
        ...{ ...appLine(bank), ...placeFor(visit) },
      });
      return { way: 'phone', factorId: factor.id, phone: number, recipient: factor.recipient };
    } catch (error) {
      if (!(error instanceof RoostError) || error.errors[0]?.parameter !== 'recipient') throw error;
      const text = words.problems.refusal(error.errors[0].description);
      return { problems: [{ text, field: 'number' }], typed };
    }
  },
  show({ words }, { recipient }) {
    const where = recipientOf({ kind: 'sms', name: null, recipient }, words) ?? html``;
    return html`<p class="soft">${words.security.phone.sentTo(html`<strong>${where}</strong>`)}</p>`;
  },
  added({ customers }, { customer }, { phone, factorId }) {
    customers.addPhone(customer.id, phone, factorId);
  },
};

const TOKEN_KINDS = ['hotp', 'totp', 'ocra', 'yubikey'] as const satisfies readonly TokenKind[];

/** A hardware token out of the bank's stock. */
export const tokenWay: Way<'token'> = {
  name: 'token',
  kind: 'hotp',
  isDigits: false,
  words: ({ words }) => words.security.token,
  fields({ words }, flash) {
    const { token } = words.security;
    const chosen = typedIn(flash, 'kind') || 'hotp';
    return html`<fieldset class="radios"><legend>${token.kind}</legend>
${TOKEN_KINDS.map(
  (
    kind,
  ) => html`<p class="tick-line"><input type="radio" id="kind-${kind}" name="kind" value="${kind}"${when(kind === chosen, html` checked`)}>
<label for="kind-${kind}">${token.kinds[kind]}</label></p>`,
)}</fieldset>
<label for="serial">${token.serial}</label>
<p class="hint" id="serial-hint">${token.serialHint}</p>
<input id="serial" name="serial" value="${typedIn(flash, 'serial')}" autocomplete="off" spellcheck="false" maxlength="64"
  aria-required="true"${fieldState('serial', 'serial-hint', flash)}>`;
  },
  async begin({ roost }, { customer, words, field }) {
    const typed = { serial: field('serial'), kind: field('kind') };
    const kind = TOKEN_KINDS.find((each) => each === typed.kind) ?? 'hotp';
    const { token } = words.security;
    if (typed.serial === '') return { problems: [{ text: token.emptySerial, field: 'serial' }], typed };
    try {
      const given = await roost.factors.enrol(customer.id, { kind, serial: typed.serial });
      return { way: 'token', factorId: given.factor.id, question: given.question };
    } catch (error) {
      const isSerial = error instanceof RoostError && (error.kind === 'refused' || error.kind === 'notFound');
      if (!isSerial) throw error;
      return { problems: [{ text: token.unknown, field: 'serial' }], typed };
    }
  },
  show({ words }, { question }) {
    const { token } = words.security;
    return question === null
      ? html`<p class="soft">${token.press}</p>`
      : html`<p class="soft">${token.question}</p><p class="question"><output>${question}</output></p>`;
  },
  added() {},
};
