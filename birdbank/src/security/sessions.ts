import type { AuthBank } from '../auth.ts';
import type { CustomerVisit } from '../customer.ts';
import type { ListedSession } from '../customer-sessions.ts';
import { type Html, html, when } from '../html.ts';
import type { Network } from '../network.ts';
import { timeOf } from '../times.ts';
import type { Words } from '../words/words.ts';
import { pathOf } from './ending.ts';

/** Every session of the customer, and the way to end the others. */
export function sessionsSection({ customerSessions }: AuthBank, visit: CustomerVisit): Html {
  const { security } = visit.words;
  const isThis = ({ name }: ListedSession): boolean => name === visit.sessionName;
  const sessions = customerSessions.list(visit.customer.id);
  const all = [...sessions.filter(isThis), ...sessions.filter((session) => !isThis(session))];
  const hasOthers = all.length > 1;
  return html`<section class="card" aria-labelledby="sessions">
<h2 id="sessions">${security.sessions}</h2>
${when(hasOthers, html`<p class="soft">${security.sessionsText}</p>`)}
<ul class="rows">${all.map((session) => sessionRow(visit, session, isThis(session)))}</ul>
${when(
  hasOthers,
  html`<form method="post" action="${pathOf.others}">
${visit.csrfField()}
<button class="second">${security.endOthers}</button>
</form>`,
)}
</section>`;
}

function sessionRow(visit: CustomerVisit, { name, place, ...session }: ListedSession, isThis: boolean): Html {
  const { security } = visit.words;
  const label = place === null || place.label === '' ? security.unknownDevice : place.label;
  const facts = [
    place === null ? null : networkText(place.network, visit.words),
    security.signedIn(timeOf(session.startedAtMs, visit)),
    isThis ? security.inUse : security.sessionUsed(timeOf(session.lastUsedAtMs, visit)),
  ].filter((fact) => fact !== null);
  const id = `session-${name}`;
  return html`<li class="way">
<div><strong>${label}</strong>${when(isThis, html` <span class="badge">${security.thisSession}</span>`)}
<p class="fact" id="${id}">${facts.map((fact, index) => [index > 0 && ' · ', fact])}</p></div>
${when(
  !isThis,
  html`<form method="post" action="${pathOf.session(name)}">
${visit.csrfField()}
<button class="small" aria-label="${security.endSessionOf(label)}" aria-describedby="${id}">${security.endSession}</button>
</form>`,
)}
</li>`;
}

const networkText = (network: Network, { security }: Words): string =>
  network.kind === 'public' ? security.network(network.prefix) : security.networks[network.kind];
