import { type Factor, RoostError } from '@roost/client';
import type { AuthBank } from '../auth.ts';
import { factorName, kindLabel, recipientOf } from '../confirm/labels.ts';
import { refusalsOf } from '../confirm/refusals.ts';
import type { CustomerVisit } from '../customer.ts';
import { type Html, html, when } from '../html.ts';
import {
  fieldState,
  leaveFlash,
  noticeBox,
  problemSummary,
  takeFlash,
  titleOf,
  typedIn,
} from '../pages/parts.ts';
import { simplePage } from '../pages/problem.ts';
import type { Flash } from '../session-data.ts';
import type { Answer } from '../visit.ts';
import { confirmFirst, isFresh, SECURITY, securityCard } from './fresh.ts';

const LONGEST_NAME = 64;
const pathOf = (id: string): string => `${SECURITY}/factors/${id}`;

type Mine = { readonly factor: Factor; readonly others: readonly Factor[] };

/** The factor of this address, if it is this customer's, with what they have besides. */
async function mine(bank: AuthBank, { customer, params }: CustomerVisit): Promise<Mine | null> {
  const all = await bank.roost.factors.list(customer.id);
  const active = all.filter(({ state }) => state === 'active');
  const factor = active.find(({ id }) => id === params.id);
  return factor === undefined ? null : { factor, others: active.filter((other) => other !== factor) };
}

/** Does something with the factor of this address. What goes wrong is told on its page, or on the one above. */
async function withMine(
  bank: AuthBank,
  visit: CustomerVisit,
  work: (found: Mine, path: string) => Promise<Answer> | Answer,
  whenGone: () => void = () => {},
): Promise<Answer> {
  const path = pathOf(visit.params.id ?? '');
  try {
    const found = await mine(bank, visit);
    if (found === null) {
      whenGone();
      return simplePage(404, visit.words.security.factor.gone, SECURITY);
    }
    return await work(found, path);
  } catch (error) {
    leaveFlash(visit, SECURITY, { problems: refusalsOf(bank, visit.words, error) });
    return { redirectTo: SECURITY };
  }
}

/** `GET /security/factors/{id}` */
export function factorPage(bank: AuthBank, visit: CustomerVisit): Promise<Answer> {
  return withMine(bank, visit, ({ factor, others }, path) => {
    const { words } = visit;
    const labelled = { recipient: null, ...factor };
    const name = factorName(labelled, words);
    const flash = takeFlash(visit, path);
    const recipient = recipientOf(labelled, words);
    const label = kindLabel(labelled, words);
    const facts = [
      label === name ? null : label,
      recipient,
      'serial' in factor && factor.serial !== null ? words.factors.serial(factor.serial) : null,
    ].filter((fact) => fact !== null);
    const kind = html`<p class="soft">${facts.map((fact, index) => [index > 0 && ' · ', fact])}</p>`;
    return {
      ...securityCard(visit, name, [
        ...[kind, problemSummary(flash?.problems ?? [], visit), noticeBox(flash?.notice ?? null, visit)],
        ...[renameForm(visit, factor, path, flash), resyncForm(visit, factor, path, flash)],
        removeForm(bank, visit, factor, others, path),
      ]),
      title: titleOf(name, flash, visit),
    };
  });
}

function renameForm(visit: CustomerVisit, factor: Factor, path: string, flash: Flash | null): Html {
  const { security } = visit.words;
  return html`<form method="post" action="${path}/rename">
${visit.csrfField()}
<label for="name">${security.name}</label>
<p class="hint" id="name-hint">${security.nameHint}</p>
<input id="name" name="name" value="${factor.name ?? ''}" autocomplete="off" maxlength="${LONGEST_NAME}"${fieldState('name', 'name-hint', flash)}>
<button class="second">${security.factor.rename}</button>
</form>`;
}

function resyncForm(visit: CustomerVisit, factor: Factor, path: string, flash: Flash | null): Html | null {
  if (factor.kind !== 'hotp') return null;
  const { factor: words } = visit.words.security;
  const field = (id: 'code1' | 'code2'): Html => html`<label for="${id}">${words[id]}</label>
<input class="code" id="${id}" name="${id}" inputmode="numeric" autocomplete="off" aria-required="true"${fieldState(id, null, flash)}>`;
  return html`<details class="others"${when(typedIn(flash, 'resync') === 'open', html` open`)}><summary>${words.resync}</summary>
<p class="soft">${words.resyncText}</p>
<form method="post" action="${path}/resync">
${visit.csrfField()}
${field('code1')}
${field('code2')}
<button class="second">${words.resyncSubmit}</button>
</form></details>`;
}

/** Why a factor must stay for now; null when it may go. It is judged once more where it is removed. */
function mustStay(
  bank: AuthBank,
  visit: CustomerVisit,
  factor: Factor,
  others: readonly Factor[],
): string | null {
  const { factor: words } = visit.words.security;
  const isLast = factor.kind !== 'recovery' && !others.some(({ kind }) => kind !== 'recovery');
  if (isLast || others.length === 0) return words.removeOnly;
  const phones = bank.customers.signInPhones(visit.customer.id);
  const isOnlyName = visit.customer.userName === null && phones.length === 1 && phones[0] === factor.id;
  return isOnlyName ? words.lastSignInPhone : null;
}

function removeForm(
  bank: AuthBank,
  visit: CustomerVisit,
  factor: Factor,
  others: readonly Factor[],
  path: string,
): Html {
  const { security } = visit.words;
  const title = html`<hr><h2>${security.factor.remove}</h2>`;
  const reason = mustStay(bank, visit, factor, others);
  if (reason !== null) return html`${title}<p class="soft">${reason}</p>`;
  if (!isFresh(visit, factor.id)) return html`${title}${confirmFirst(visit, path, security.firstOther)}`;
  return html`${title}<p class="soft">${security.factor.removeText}</p>
<form method="post" action="${path}/remove">
${visit.csrfField()}
<button class="danger">${security.factor.remove}</button>
</form>`;
}

/** `POST /security/factors/{id}/rename` */
export function renameFactor(bank: AuthBank, visit: CustomerVisit): Promise<Answer> {
  return withMine(bank, visit, async ({ factor }, path) => {
    const { factor: words } = visit.words.security;
    const name = visit.field('name').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
    if ([...name].length > LONGEST_NAME) {
      leaveFlash(visit, path, { problems: [{ text: words.badName, field: 'name' }] });
      return { redirectTo: path };
    }
    await bank.roost.factors.rename(visit.customer.id, factor.id, name === '' ? null : name);
    leaveFlash(visit, SECURITY, { notice: words.renamed });
    return { redirectTo: SECURITY };
  });
}

/** `POST /security/factors/{id}/resync` */
export function resyncFactor(bank: AuthBank, visit: CustomerVisit): Promise<Answer> {
  return withMine(bank, visit, async ({ factor }, path) => {
    const codes = [visit.field('code1'), visit.field('code2')] as const;
    try {
      await bank.roost.factors.resync(visit.customer.id, factor.id, codes);
    } catch (error) {
      const problems = refusalsOf(bank, visit.words, error).map(({ text }) => ({ text, field: 'code1' }));
      leaveFlash(visit, path, { problems, typed: { resync: 'open' } });
      return { redirectTo: path };
    }
    leaveFlash(visit, SECURITY, { notice: visit.words.security.factor.resynced });
    return { redirectTo: SECURITY };
  });
}

/**
 * `POST /security/factors/{id}/remove`: another factor was shown just now. Roost keeps the last factor, and our database the
 * last name to sign in with, also when two are removed at once.
 */
export function removeFactor(bank: AuthBank, visit: CustomerVisit): Promise<Answer> {
  const { customer, params } = visit;
  // Where the answer to a removal was lost, its number goes when it is tried again.
  const forgetNumber = (): void => void bank.customers.removePhone(customer.id, params.id ?? '');
  return withMine(bank, visit, (found, path) => removeMine(bank, visit, found, path), forgetNumber);
}

async function removeMine(
  bank: AuthBank,
  visit: CustomerVisit,
  { factor }: Mine,
  path: string,
): Promise<Answer> {
  if (!isFresh(visit, factor.id)) return { redirectTo: path };
  const { customer, place, words } = visit;
  const sentences = words.security.factor;
  const putBack = bank.customers.removePhone(customer.id, factor.id);
  if (putBack === null) return stays(visit, path, sentences.lastSignInPhone);
  try {
    await bank.roost.factors.remove(customer.id, factor.id, { keepOne: true });
  } catch (error) {
    putBack();
    if (error instanceof RoostError && error.reason === 'last_factor')
      return stays(visit, path, sentences.removeOnly);
    throw error;
  }
  bank.devices.distrustAll(customer.id);
  bank.events.forgetUse(customer.id, factor.id);
  bank.events.add(customer.id, { kind: 'factor-removed', factor: factor.kind, device: place.label });
  visit.renewId();
  visit.endOthers();
  leaveFlash(visit, SECURITY, { notice: sentences.removed });
  return { redirectTo: SECURITY };
}

function stays(visit: CustomerVisit, path: string, text: string): Answer {
  leaveFlash(visit, path, { problems: [{ text, field: null }] });
  return { redirectTo: path };
}
