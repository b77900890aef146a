import type { Factor } from '@roost/client';
import type { AuthBank } from '../auth.ts';
import { factorName, kindLabel, recipientOf } from '../confirm/labels.ts';
import type { CustomerVisit } from '../customer.ts';
import type { Device } from '../devices.ts';
import type { Event } from '../events.ts';
import { type Html, html, when } from '../html.ts';
import { noticeBox, problemSummary, takeFlash, titleOf } from '../pages/parts.ts';
import { problemsOf } from '../problems.ts';
import type { Problem } from '../session-data.ts';
import { timeOf } from '../times.ts';
import type { Page } from '../visit.ts';
import { pathOf, SIGN_OUT_EVERYWHERE } from './ending.ts';
import { SECURITY } from './fresh.ts';
import { sessionsSection } from './sessions.ts';

const EVENTS_SHOWN = 15;
const NEW_DEVICE_MS = 14 * 86_400_000;

/** `GET /security` */
export async function securityPage(bank: AuthBank, visit: CustomerVisit): Promise<Page> {
  const { words, customer } = visit;
  const { security } = words;
  const flash = takeFlash(visit, SECURITY);
  const listed = await listFactors(bank, visit);
  const events = bank.events.list(customer.id, EVENTS_SHOWN);
  return {
    title: titleOf(security.title, flash, visit),
    isWide: true,
    main: html`<h1>${security.title}</h1>
${problemSummary([...(flash?.problems ?? []), ...listed.problems], visit)}
${noticeBox(flash?.notice ?? null, visit)}
${newDevices(visit, events)}
<div class="sections">
${factorsSection(bank, visit, listed.factors)}
${addSection(visit, listed.factors)}
${signInSection(visit)}
${sessionsSection(bank, visit)}
${devicesSection(visit, bank.devices.list(customer.id))}
${historySection(visit, events)}
${everywhereSection(visit)}
</div>`,
  };
}

type Listed = { readonly factors: readonly Factor[] | null; readonly problems: readonly Problem[] };

/** A page without them is better than none: the rest does not need Roost. */
async function listFactors(bank: AuthBank, { customer, words }: CustomerVisit): Promise<Listed> {
  try {
    const all = await bank.roost.factors.list(customer.id);
    return { factors: all.filter(({ state }) => state === 'active'), problems: [] };
  } catch (error) {
    return { factors: null, problems: problemsOf(bank, words, error, words.security.unlisted) };
  }
}

/** Sign-ins from a browser that was new; the first one of all is its owner's own. */
function newDevices(visit: CustomerVisit, events: readonly Event[]): Html | null {
  const { words, nowMs } = visit;
  const found = events.find(
    ({ kind, atMs }) => kind === 'signed-in-new-device' && atMs > nowMs - NEW_DEVICE_MS,
  );
  if (found === undefined || found.device === visit.place.label) return null;
  return html`<p class="notice warn">${words.security.newDevice(timeOf(found.atMs, visit), found.device)}</p>`;
}

function factorsSection(
  { events }: AuthBank,
  visit: CustomerVisit,
  factors: readonly Factor[] | null,
): Html | null {
  if (factors === null) return null;
  const { security } = visit.words;
  const isOnly = factors.length === 1;
  const where = events.whereUsed(visit.customer.id);
  return html`<section class="card" aria-labelledby="factors">
<h2 id="factors">${security.factors}</h2>
${isOnly ? html`<p class="notice warn">${security.onlyOne}</p>` : null}
<ul class="rows">${factors.map((factor) => factorRow(visit, factor, where))}</ul>
</section>`;
}

function factorRow(visit: CustomerVisit, factor: Factor, where: ReadonlyMap<string, string>): Html {
  const { words } = visit;
  const { security, factors } = words;
  const labelled = { recipient: null, ...factor };
  const name = factorName(labelled, words);
  const kind = kindLabel(labelled, words);
  const recipient = recipientOf(labelled, words);
  const used =
    factor.lastUsedAt === null
      ? security.neverUsed
      : security.lastUsed(timeOf(factor.lastUsedAt.getTime(), visit), where.get(factor.id) ?? '');
  const facts = [
    name === kind ? null : kind,
    recipient,
    'serial' in factor && factor.serial !== null ? factors.serial(factor.serial) : null,
    factor.kind === 'webauthn' ? (factor.passkey?.model ?? null) : null,
    factor.kind === 'recovery' ? factors.codesLeft(factor.codesLeft) : null,
  ].filter((fact) => fact !== null);
  return html`<li class="way">
<div><strong>${name}</strong>
<p class="fact">${facts.map((fact, index) => [index > 0 && ' · ', fact])}</p>
<p class="fact">${security.added(timeOf(factor.createdAt.getTime(), visit))} · ${used}</p></div>
<a class="small-link" href="${SECURITY}/factors/${factor.id}" aria-label="${security.manageOf(name)}">${security.manage}</a>
</li>`;
}

const WAYS = ['passkey', 'app', 'token', 'phone', 'recovery'] as const;

function addSection({ words }: CustomerVisit, factors: readonly Factor[] | null): Html {
  const { security } = words;
  const hasRecovery = factors?.some(({ kind }) => kind === 'recovery') === true;
  const ways = WAYS.filter((way) => way !== 'recovery' || !hasRecovery);
  return html`<section class="card" aria-labelledby="add">
<h2 id="add">${security.add}</h2>
<ul class="choices">${ways.map((way) => {
    const { title, text } = security.addKinds[way];
    const path = way === 'recovery' ? `${SECURITY}/recovery` : `${SECURITY}/add/${way}`;
    return html`<li><a class="choice" href="${path}"><span>${title}</span><span class="soft">${text}</span></a></li>`;
  })}</ul>
</section>`;
}

function signInSection({ words, customer }: CustomerVisit): Html {
  const { security } = words;
  return html`<section class="card" aria-labelledby="sign-in">
<h2 id="sign-in">${security.signIn}</h2>
<ul class="rows">
<li class="way"><div><strong>${security.userName}</strong><p class="fact">${customer.userName ?? security.noUserName}</p></div>
<a class="small-link" href="${SECURITY}/user-name">${customer.userName === null ? security.chooseName : security.changeName}<span class="unseen"> (${security.userName})</span></a></li>
<li class="way"><div><strong>${security.password}</strong></div>
<a class="small-link" href="${SECURITY}/password">${security.changePassword}</a></li>
</ul>
</section>`;
}

function devicesSection(visit: CustomerVisit, devices: readonly Device[]): Html | null {
  if (devices.length === 0) return null;
  const { security } = visit.words;
  return html`<section class="card" aria-labelledby="devices">
<h2 id="devices">${security.devices}</h2>
<ul class="rows">${devices.map((device) => deviceRow(visit, device))}</ul>
</section>`;
}

function deviceRow(visit: CustomerVisit, device: Device): Html {
  const { security } = visit.words;
  const name = device.label === '' ? security.unknownDevice : device.label;
  const isThis = visit.place.device?.equals(device.digest) === true;
  const trust =
    device.trustedUntilMs === null
      ? security.notTrusted
      : security.trustedUntil(timeOf(device.trustedUntilMs, visit));
  return html`<li class="way">
<div><strong>${name}</strong>${when(isThis, html` <span class="badge">${security.thisDevice}</span>`)}
<p class="fact">${security.lastSignIn(timeOf(device.lastSeenAtMs, visit))} · ${trust}</p></div>
<form method="post" action="${pathOf.device(device.id)}">
${visit.csrfField()}
<button class="small" aria-label="${security.forgetOf(name)}">${security.forget}</button>
</form>
</li>`;
}

function historySection(visit: CustomerVisit, events: readonly Event[]): Html {
  const { security } = visit.words;
  return html`<section class="card" aria-labelledby="history">
<h2 id="history">${security.history}</h2>
<table class="history">
<thead><tr><th scope="col">${security.what}</th><th scope="col">${security.when}</th><th scope="col">${security.where}</th></tr></thead>
<tbody>${events.map((event) => eventRow(visit, event))}</tbody>
</table>
</section>`;
}

function eventRow(visit: CustomerVisit, { kind, factor, device, atMs }: Event): Html {
  const { security, factors } = visit.words;
  const kinds: { readonly [kind: string]: string } = factors.kinds;
  const what = security.events[kind];
  const by = factor === null ? null : (kinds[factor] ?? null);
  return html`<tr><td>${by === null ? what : security.eventFactor(what, by)}</td>
<td>${timeOf(atMs, visit)}</td><td>${device}</td></tr>`;
}

function everywhereSection(visit: CustomerVisit): Html {
  const { security } = visit.words;
  return html`<section class="card" aria-labelledby="everywhere">
<h2 id="everywhere">${security.signOutEverywhere}</h2>
<p class="soft">${security.signOutEverywhereText}</p>
<form method="post" action="${SIGN_OUT_EVERYWHERE}">
${visit.csrfField()}
<button class="second">${security.signOutEverywhere}</button>
</form>
</section>`;
}
